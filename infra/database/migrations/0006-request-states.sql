-- Request states that were used: each is good for one return of its caller, on whatever gateway.
set local role ev_owner;

create table countersign.request_state (
  id text primary key,
  used_at timestamptz not null,
  expires_at timestamptz not null
);

create index request_states_that_expired on countersign.request_state (expires_at);

grant select, insert, delete on countersign.request_state to countersign_app;

reset role;
