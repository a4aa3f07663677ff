-- What each MCP server says its tools are: every definition that was seen, and the one it shows now. State, not
-- evidence: the ledger has each sight, change and acceptance.
set local role ev_owner;

create table countersign.tool_definition (
  connection text not null,
  tool text not null,
  digest text not null,
  -- Masked; what people look at before they accept it.
  definition text not null,
  -- Names of the fields that differ from the definition it came after.
  changed text[] not null default '{}',
  first_seen_at timestamptz not null,
  -- Empty while it is pending. The first definition of a tool is accepted by being the first, and by nobody.
  accepted_at timestamptz,
  accepted_by text,
  note text,
  -- When the alarm was handed to Temporal.
  alarmed_at timestamptz,
  primary key (connection, tool, digest),
  constraint digest_is_a_sha256_in_hex check (digest ~ '^[0-9a-f]{64}$'),
  constraint only_what_is_accepted_is_accepted_by_somebody check (accepted_by is null or accepted_at is not null)
);

-- The definition that a tool was last seen with.
create table countersign.tool_pin (
  connection text not null,
  tool text not null,
  digest text not null,
  since timestamptz not null,
  primary key (connection, tool)
);

grant select, insert, update, delete on countersign.tool_definition to countersign_app;
grant select, insert, update on countersign.tool_pin to countersign_app;

reset role;
