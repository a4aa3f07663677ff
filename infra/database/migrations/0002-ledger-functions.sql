-- All that the writer may do. It has no right on the tables of the log; these functions act as their owner.
set local role ev_owner;

-- Locks the open log of an origin until the end of the transaction. No row: it was sealed meanwhile, or never opened.
create function ledger.lock_log(wanted_origin text)
returns table (log text, month text, size bigint, range bytea)
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select state.log, state.month, state.size, state.range
  from ledger.log_state state
  where state.origin = wanted_origin and not state.sealed
  for update
$$;

-- Finds entries by the key they may stand under once, or by id. Looks at every month: a retry may cross one.
create function ledger.find_entries(wanted_origin text, onces bytea[], ids uuid[])
returns table (seq bigint, id uuid, once bytea, commitment bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select entry.seq, entry.id, entry.once, entry.commitment
  from ledger.entry join ledger.log_state state using (log)
  where state.origin = wanted_origin and entry.once = any (onces)
  union
  select entry.seq, entry.id, entry.once, entry.commitment
  from ledger.entry join ledger.log_state state using (log)
  where state.origin = wanted_origin and entry.id = any (ids)
$$;

-- Appends a batch behind the entries that stand, and moves the tree head with it. The caller holds the lock, or
-- expects the log to end where it left it: if another writer was there meanwhile, nothing is appended.
create function ledger.append_entries(
  target_log text, first_seq bigint, new_range bytea, entries bytea[], leaves bytea[], ids uuid[], kinds text[],
  times timestamptz[], instances text[], call_ids text[], session_ids text[], approval_ids text[], principals text[],
  connections text[], tools text[], outcomes text[], onces bytea[], commitments bytea[])
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update ledger.log_state state set size = first_seq + cardinality(entries), range = new_range
  where state.log = target_log and state.size = first_seq and not state.sealed;
  if not found then
    raise exception 'The log % is sealed or does not end at %', target_log, first_seq
      using errcode = 'serialization_failure';
  end if;
  insert into ledger.entry (log, seq, entry, leaf, id, kind, at, instance, call_id, session_id, approval_id,
                            principal, connection, tool, outcome, once, commitment)
  select target_log, first_seq + row.position - 1, row.entry, row.leaf, row.id, row.kind, row.at, row.instance,
         row.call_id, row.session_id, row.approval_id, row.principal, row.connection, row.tool, row.outcome,
         row.once, row.commitment
  from unnest(entries, leaves, ids, kinds, times, instances, call_ids, session_ids, approval_ids, principals,
              connections, tools, outcomes, onces, commitments)
       with ordinality as row (entry, leaf, id, kind, at, instance, call_id, session_id, approval_id, principal,
                               connection, tool, outcome, once, commitment, position);
end $$;

-- Puts bodies beside the log. Refused under a key that was destroyed, since nobody could read them again.
create function ledger.put_bodies(
  commitments bytea[], key_ids text[], nonces bytea[], ciphertexts bytea[], media_types text[], sizes bigint[])
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (
    select from unnest(key_ids) as used (key_id)
    where not exists (select from ledger.body_key key where key.key_id = used.key_id and key.destroyed_at is null)
  ) then
    raise exception 'A body is encrypted under a key that is unknown or destroyed';
  end if;
  insert into ledger.body (commitment, key_id, nonce, ciphertext, media_type, size)
  select * from unnest(commitments, key_ids, nonces, ciphertexts, media_types, sizes);
end $$;

-- Opens a log with an empty tree, unless its origin has an open one. False: another process was first.
create function ledger.open_log(new_origin text, new_month text, previous text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  new_log constant text := new_origin || '/' || new_month;
  part constant text := format('entry_%s_%s', replace(new_month, '-', '_'), left(md5(new_log), 8));
begin
  perform pg_advisory_xact_lock(hashtextextended('ledger.open_log ' || new_origin, 0));
  if exists (select from ledger.log_state state where state.origin = new_origin and not state.sealed) then
    return false;
  end if;
  insert into ledger.log_state (log, origin, month, size, range, previous_log)
  values (new_log, new_origin, new_month, 0, '', previous);
  -- Attaching, unlike creating as a partition, does not stop readers and writers of the other months.
  execute format('create table ledger.%I (like ledger.entry including all)', part);
  execute format('alter table ledger.entry attach partition ledger.%I for values in (%L)', part, new_log);
  -- Row triggers come with the partition, statement triggers do not.
  execute format('create trigger entries_are_never_truncated before truncate on ledger.%I
                  for each statement execute function ledger.refuse_change()', part);
  return true;
end $$;

-- Ends a log whose last entry says so.
create function ledger.seal_log(target_log text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update ledger.log_state state set sealed = true
  where state.log = target_log and not state.sealed
    and exists (select from ledger.entry last
                where last.log = target_log and last.seq = state.size - 1 and last.kind = 'log.sealed');
  if not found then
    raise exception 'The log % is sealed already, or its last entry is not log.sealed', target_log;
  end if;
end $$;

-- The living key of a day. The candidate becomes it when there is none.
create function ledger.body_key_of_day(wanted_day date, candidate_id text, candidate_wrapped bytea, created timestamptz)
returns table (key_id text, wrapped bytea)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  insert into ledger.body_key (key_id, day, wrapped, created_at)
  values (candidate_id, wanted_day, candidate_wrapped, created)
  on conflict do nothing;
  return query
    select key.key_id, key.wrapped from ledger.body_key key where key.day = wanted_day and key.destroyed_at is null;
end $$;

-- Makes every body under a key unreadable for good, here and in backups of `body`.
create function ledger.destroy_body_key(doomed_key_id text, destroyed timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update ledger.body_key key set wrapped = null, destroyed_at = destroyed
  where key.key_id = doomed_key_id and key.destroyed_at is null;
  return found;
end $$;

revoke execute on all functions in schema ledger from public;
grant execute on function ledger.lock_log, ledger.find_entries, ledger.append_entries, ledger.put_bodies,
  ledger.open_log, ledger.seal_log, ledger.body_key_of_day to ev_writer;
grant execute on function ledger.destroy_body_key to ev_keeper;

reset role;
