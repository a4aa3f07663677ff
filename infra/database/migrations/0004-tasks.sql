-- Tasks (io.modelcontextprotocol/tasks): held calls whose callers ask for the outcome later. The call lies here sealed,
-- so that any gateway can run it once it is approved.
set local role ev_owner;

-- What a case ended with, for those who ask later.
alter table countersign.approval add column ending jsonb;

-- An execution that was settled as never sent may be tried again, and its silent executor may not come back.
alter table countersign.execution add column attempt integer not null default 1;

create table countersign.task (
  -- The approval's id; a task made anew after it was cancelled has a number behind it.
  id text primary key,
  approval_id text not null references countersign.approval (id),
  call_id text not null unique,
  session_id text not null,
  connection text not null,
  principal text not null,
  state text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- Past this the case is over, even if nobody was there to end it.
  open_until timestamptz not null,
  -- AES-256-GCM over the call's bytes and headers; gone as soon as the call runs, or will not run any more.
  sealed bytea,
  constraint state_is_a_known_one check (state in ('waiting', 'executing', 'ended', 'cancelled')),
  constraint no_arguments_outlive_their_case check (sealed is null or state = 'waiting')
);

create unique index an_approval_has_one_task_under_way on countersign.task (approval_id)
  where state in ('waiting', 'executing');
create index tasks_that_wait on countersign.task (open_until) where state = 'waiting';
create index tasks_of_an_approval on countersign.task (approval_id);

-- However a case ends, its tasks end in the same commit, and what was sealed for them is gone.
create function countersign.end_tasks() returns trigger language plpgsql as $$
begin
  update countersign.task set state = 'ended', updated_at = new.closed_at, sealed = null
  where approval_id = new.id and state in ('waiting', 'executing');
  return null;
end $$;

create trigger a_closed_case_ends_its_tasks after update of state on countersign.approval
  for each row when (old.state = 'open' and new.state = 'closed') execute function countersign.end_tasks();

grant select, insert, update on countersign.task to countersign_app;

reset role;
