-- What operators have paused. State, not evidence: the ledger has each pause and how it ended. Gateways look here several
-- times a second.
set local role ev_owner;

create table countersign.pause (
  scope text not null,
  -- The name of a connection, or `issuer#subject` of a caller.
  target text not null,
  -- Masked; callers read it.
  reason text not null,
  paused_by text not null,
  paused_at timestamptz not null,
  -- Empty: until somebody lifts it.
  until timestamptz,
  -- What is under way is cut off as well.
  cuts boolean not null default false,
  primary key (scope, target),
  constraint scope_is_a_known_one check (scope in ('everything', 'connection', 'caller')),
  constraint everything_alone_has_no_target check ((scope = 'everything') = (target = ''))
);

grant select, insert, update, delete on countersign.pause to countersign_app;

create index open_approvals_of_a_caller on countersign.approval ((caller ->> 'issuer'), (caller ->> 'subject'))
  where state = 'open';

-- Whether a caller has fewer open approvals than so many. Openings of one caller take turns until their commit, and a
-- volatile function sees what was committed while it waited for its turn, so two gateways cannot both take the last place.
create function countersign.has_fewer_open_approvals(caller_issuer text, caller_subject text, most integer)
returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(7400011, hashtext(caller_issuer || '#' || caller_subject));
  return most > (
    select count(*) from (
      select from countersign.approval
      where state = 'open' and caller ->> 'issuer' = caller_issuer and caller ->> 'subject' = caller_subject
      limit most) as open);
end $$;

revoke execute on function countersign.has_fewer_open_approvals(text, text, integer) from public;
grant execute on function countersign.has_fewer_open_approvals(text, text, integer) to countersign_app;

reset role;
