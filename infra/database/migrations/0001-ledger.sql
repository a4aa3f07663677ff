-- The ledger: append-only entries in a Merkle tree, and beside it the bodies, which can be destroyed.
-- evidence.md sections 1.4 and 1.5; tree hashes by RFC 6962.
create schema ledger authorization ev_owner;
grant usage on schema ledger to ev_writer, ev_reader, ev_keeper;
set local role ev_owner;

-- One row per log, that is per origin and calendar month. Writers take turns by locking it.
create table ledger.log_state (
  log text primary key,
  origin text not null,
  month text not null,
  size bigint not null,
  range bytea not null,
  sealed boolean not null default false,
  previous_log text references ledger.log_state,
  constraint log_is_its_origin_and_month check (log = origin || '/' || month),
  constraint month_is_year_and_month check (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  constraint size_only_counts_up_from_zero check (size >= 0),
  constraint range_holds_one_hash_per_set_bit_of_size check (octet_length(range) = 32 * bit_count(size::bit(64)))
) with (fillfactor = 10);

create unique index an_origin_has_one_open_log on ledger.log_state (origin) where not sealed;

-- `entry` and `leaf` are the evidence. The other columns repeat parts of the entry, cut to size, for lists, and can be
-- rebuilt; only `once`, the digest of a key that a writer may retry under, stands nowhere else.
create table ledger.entry (
  log text not null,
  seq bigint not null,
  entry bytea not null,
  leaf bytea not null,
  id uuid not null,
  kind text not null,
  at timestamptz not null,
  instance text not null,
  call_id text,
  session_id text,
  approval_id text,
  principal text,
  connection text,
  tool text,
  outcome text,
  once bytea,
  commitment bytea,
  primary key (log, seq),
  constraint seq_counts_up_from_zero check (seq >= 0),
  constraint entry_is_at_most_16_kib check (octet_length(entry) between 2 and 16384),
  constraint leaf_is_the_rfc6962_hash_of_its_entry check (leaf = sha256('\x00'::bytea || entry)),
  constraint once_is_a_sha256 check (octet_length(once) = 32),
  constraint commitment_is_a_sha256 check (octet_length(commitment) = 32)
) partition by list (log);

create unique index an_entry_id_is_used_once on ledger.entry (id, log);
create unique index an_entry_asked_for_once_stands_once on ledger.entry (once, log) where once is not null;
create index entries_of_a_call on ledger.entry (call_id) where call_id is not null;
create index entries_of_an_approval on ledger.entry (approval_id) where approval_id is not null;
create index newest_entries_of_a_kind on ledger.entry (kind, seq desc);
create index requests_of_an_instance on ledger.entry (instance, seq) where kind = 'request.received';

-- Data keys, one a day, wrapped by a key that never enters the database. Without `wrapped` its bodies are gone.
create table ledger.body_key (
  key_id text primary key,
  day date not null,
  wrapped bytea,
  created_at timestamptz not null,
  destroyed_at timestamptz,
  constraint a_destroyed_key_is_gone check ((wrapped is null) = (destroyed_at is not null))
);

create unique index a_day_has_one_living_key on ledger.body_key (day) where destroyed_at is null;

-- AES-256-GCM of salt and gzipped bytes. `ciphertext` ends with the tag.
create table ledger.body (
  commitment bytea primary key,
  key_id text not null,
  nonce bytea not null,
  ciphertext bytea not null,
  media_type text not null,
  size bigint not null,
  constraint commitment_is_a_sha256 check (octet_length(commitment) = 32),
  constraint nonce_is_96_bits check (octet_length(nonce) = 12),
  constraint size_is_in_bytes check (size >= 0)
);
-- It is compressed already.
alter table ledger.body alter column ciphertext set storage external;

-- Signed tree heads, written by the signer.
create table ledger.published (
  log text not null references ledger.log_state,
  size bigint not null,
  root bytea not null,
  note text not null,
  cosigned_note text,
  tsr bytea,
  primary key (log, size),
  constraint root_is_a_sha256 check (octet_length(root) = 32)
);

-- A guard rail against accidents, for the owner too. Who owns the table can disable it; the tree then tells.
create function ledger.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception '% on %.% is refused: the ledger is append-only', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege', hint = 'Append another entry that corrects the first.';
end $$;

create trigger entries_are_append_only before update or delete on ledger.entry
  for each row execute function ledger.refuse_change();
create trigger entries_are_never_truncated before truncate on ledger.entry
  for each statement execute function ledger.refuse_change();
create trigger published_heads_are_append_only before update or delete on ledger.published
  for each row execute function ledger.refuse_change();
create trigger published_heads_are_never_truncated before truncate on ledger.published
  for each statement execute function ledger.refuse_change();
create trigger logs_are_never_truncated before truncate on ledger.log_state
  for each statement execute function ledger.refuse_change();

revoke execute on function ledger.refuse_change() from public;
grant select on ledger.entry, ledger.log_state, ledger.published to ev_reader;
grant select on ledger.body, ledger.body_key to ev_writer;
grant select, delete on ledger.body to ev_keeper;
grant select (key_id, day, created_at, destroyed_at) on ledger.body_key to ev_keeper;

reset role;
