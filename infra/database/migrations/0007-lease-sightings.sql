-- How long a lease has been seen to stand still. It lies beside the lease, so that it outlives whoever looked.
set local role ev_owner;

alter table countersign.gateway_instance
  add column seen_lease timestamptz,
  add column looked_at timestamptz,
  add column silent_for interval not null default '0';

alter table countersign.execution
  add column seen_lease timestamptz,
  add column looked_at timestamptz,
  add column silent_for interval not null default '0';

reset role;
