-- How far sweepers have followed each gateway through the ledger: every call that it received up to here has its end, or
-- waits as a task, which others end. Without it, the death of a gateway would have all its calls looked at again.
set local role ev_owner;

alter table countersign.gateway_instance
  add column swept_log text,
  add column swept_seq bigint,
  add constraint a_mark_is_whole check ((swept_log is null) = (swept_seq is null));

reset role;
