-- Every version of the policy that was in force, under its digest, and which gateway runs which. State, not evidence: the
-- ledger has each change. A version is never altered: its digest is that of its document, as the constraint says.
set local role ev_owner;

create table countersign.policy_version (
  digest text primary key,
  -- Canonical JSON (RFC 8785), masked: exactly what was hashed.
  document text not null,
  -- [{"file": ..., "sha256": ...}]
  sources jsonb not null,
  author text not null,
  -- What the name of the author is: as the file says, or the owner of the file.
  author_is text not null,
  first_loaded_at timestamptz not null,
  first_loaded_by text not null,
  constraint digest_is_that_of_the_document check (digest = encode(sha256(convert_to(document, 'UTF8')), 'hex')),
  constraint author_is_known_somehow check (author_is in ('author', 'file owner'))
);

create index policy_versions_by_age on countersign.policy_version (first_loaded_at);

alter table countersign.gateway_instance
  add column policy_digest text,
  add column policy_since timestamptz;

create index gateway_instances_by_policy_age on countersign.gateway_instance (policy_since)
  where policy_digest is not null;

grant select, insert on countersign.policy_version to countersign_app;

reset role;
