/**
 * What one look at a lease sets in its row (`gateway_instance` or `execution`), by whichever worker; `isSilent` is then
 * true of a holder that is dead.
 *
 * A holder is dead when its lease was seen, look after look, not to be renewed for longer than leases last, fifteen
 * seconds. Wall clocks jump and differ between machines, so the lease's date says nothing, and only the time between
 * two looks counts, by PostgreSQL's clock. More than ten seconds without a look count for nothing: PostgreSQL may have
 * been out of reach, for the holder as well, or its clock was set. A holder renews every five seconds, so no single
 * jump that counts makes a living one look dead. Workers that look at once add no time twice, since each adds what
 * passed since the last look of any of them.
 */
export const lookAtLease = `
  silent_for = case
    when seen_lease is distinct from lease_until then interval '0'
    when clock_timestamp() - looked_at between interval '0' and interval '10 seconds'
      then silent_for + (clock_timestamp() - looked_at)
    else silent_for
  end,
  seen_lease = lease_until,
  looked_at = clock_timestamp()`;

export const isSilent = `silent_for >= interval '15 seconds'`;
