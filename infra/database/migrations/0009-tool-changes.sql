-- How often anything about a connection's tools has changed. Gateways look here for all connections at once, and read
-- again only what has changed since.
set local role ev_owner;

create table countersign.tool_change (
  connection text primary key,
  changes bigint not null
);

insert into countersign.tool_change (connection, changes)
select distinct connection, 1 from countersign.tool_definition;

create function countersign.count_tool_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into countersign.tool_change as known (connection, changes)
  values (coalesce(new.connection, old.connection), 1)
  on conflict (connection) do update set changes = known.changes + 1;
  return null;
end $$;

create trigger a_change_is_counted after insert or update or delete on countersign.tool_definition
  for each row execute function countersign.count_tool_change();
create trigger a_change_is_counted after insert or update or delete on countersign.tool_pin
  for each row execute function countersign.count_tool_change();

grant select, insert, update on countersign.tool_change to countersign_app;

reset role;
