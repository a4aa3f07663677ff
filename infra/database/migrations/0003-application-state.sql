-- State of the programs: cases, fences, sessions, instances. Not evidence; the ledger has what is to be proved.
create schema countersign authorization ev_owner;
grant usage on schema countersign to countersign_app;
set local role ev_owner;

create table countersign.approval (
  id text primary key,
  workflow_id text not null,
  connection text not null,
  tool text not null,
  method text not null,
  caller jsonb not null,
  rule jsonb not null,
  request jsonb not null,
  action_digest text not null,
  nonce bytea not null,
  policy_digest text not null,
  state text not null,
  outcome text,
  opened_at timestamptz not null,
  expires_at timestamptz not null,
  closed_at timestamptz,
  constraint state_is_open_or_closed check (state in ('open', 'closed'))
);

create unique index a_workflow_has_one_open_approval on countersign.approval (workflow_id) where state = 'open';

create table countersign.decision (
  decision_id text not null,
  approval_id text not null,
  accepted boolean not null,
  code text,
  principal text,
  decision text,
  proof text not null,
  identity text,
  decided_at timestamptz,
  recorded_at timestamptz not null,
  primary key (approval_id, decision_id)
);

-- The fence: of all executions of an approval, one may call upstream.
create table countersign.execution (
  call_id text primary key,
  approval_id text not null,
  state text not null,
  executor text,
  lease_until timestamptz,
  started_at timestamptz not null,
  ended_at timestamptz,
  constraint state_is_a_known_one
    check (state in ('executing', 'answered', 'unknown', 'withheld', 'unavailable', 'aborted'))
);

create unique index an_approval_is_executed_once on countersign.execution (approval_id) where state <> 'aborted';

create table countersign.session (
  connection text not null,
  session_hash bytea not null,
  principal text not null,
  opened_at timestamptz not null,
  ended_at timestamptz,
  primary key (connection, session_hash)
);

create table countersign.gateway_instance (
  id text primary key,
  url text,
  started_at timestamptz not null,
  lease_until timestamptz not null,
  stopped_at timestamptz,
  swept_at timestamptz
);

create index gateway_instances_to_sweep on countersign.gateway_instance (lease_until) where swept_at is null;

grant select, insert, update on all tables in schema countersign to countersign_app;

reset role;
