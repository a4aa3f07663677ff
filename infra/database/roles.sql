-- Group roles. They belong to the cluster and not to a database, so several databases may create them at once:
-- migrate.ts runs this file again when it met another run half-way.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['ev_owner', 'ev_writer', 'ev_reader', 'ev_keeper', 'countersign_app'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
  end loop;

  -- A migrator that is no superuser has to act as the owner.
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant ev_owner to %I', current_user);
  end if;

  -- The programs write through functions and read for lists; they keep nobody's bodies or keys.
  if not pg_has_role('countersign_app', 'ev_writer', 'usage') then
    grant ev_writer to countersign_app;
  end if;
  if not pg_has_role('countersign_app', 'ev_reader', 'usage') then
    grant ev_reader to countersign_app;
  end if;
end $$;
