import type pg from 'pg';
import type { EntryDraft } from '../../workflows/contract/entry.ts';
import type { Guard } from '../../workflows/evidence/ledger.ts';

export const pauseScopes = ['everything', 'connection', 'caller'] as const;

/** What is paused. */
export interface PauseTarget {
  readonly scope: (typeof pauseScopes)[number];
  /** The name of a connection, `issuer#subject` of a caller, or empty for everything. */
  readonly target: string;
}

/** Nothing of its target gets through until it is lifted. Times in RFC 3339, UTC. */
export interface Pause extends PauseTarget {
  /** Masked; what callers read. */
  readonly reason: string;
  /** `issuer#subject` of the operator. */
  readonly by: string;
  readonly at: string;
  /** When it ends by itself. */
  readonly until?: string;
  /** What was under way when it was set was cut off. */
  readonly now: boolean;
}

/** What all gateways share, as it stood at one moment. */
export interface SharedState {
  readonly pauses: readonly Pause[];
  /** Pauses whose time is over, and which nobody has cleared away yet. */
  readonly over: readonly Pause[];
  /** How many gateways live, this one among them or not. */
  readonly gateways: number;
}

interface Row {
  readonly scope: PauseTarget['scope'];
  readonly target: string;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
  readonly until: string | null;
  readonly cuts: boolean;
  readonly over: boolean;
}

/** One statement. Whether a pause is over goes by PostgreSQL's clock, so that it is over everywhere at once. */
export async function readSharedState(pool: pg.Pool): Promise<SharedState> {
  const { rows } = await pool.query<{ pauses: Row[]; gateways: number }>({
    name: 'read-pauses',
    text: `select
             (select coalesce(json_agg(json_build_object('scope', scope, 'target', target, 'reason', reason,
                'by', paused_by, 'at', paused_at, 'until', until, 'cuts', cuts, 'over', coalesce(until <= now(), false))
                order by paused_at), '[]')
              from countersign.pause) as pauses,
             (select count(*)::integer from countersign.gateway_instance
              where swept_at is null and stopped_at is null and lease_until > now()) as gateways`,
  });
  const { pauses = [], gateways = 0 } = rows[0] ?? {};
  return {
    pauses: pauses.filter(({ over }) => !over).map(pauseOf),
    over: pauses.filter(({ over }) => over).map(pauseOf),
    gateways,
  };
}

function pauseOf({ scope, target, reason, by, at, until, cuts }: Row): Pause {
  const ends = until === null ? {} : { until: new Date(until).toISOString() };
  return { scope, target, reason, by, at: new Date(at).toISOString(), ...ends, now: cuts };
}

/** Sets a pause, or changes the reason or the end of one that stands. Refused when it stands so and nothing is to be cut. */
export function setGuard({ scope, target, reason, by, at, until, now }: Pause): Guard {
  return {
    text: `insert into countersign.pause as known (scope, target, reason, paused_by, paused_at, until, cuts)
           values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (scope, target) do update
           set reason = excluded.reason, paused_by = excluded.paused_by, paused_at = excluded.paused_at,
               until = excluded.until, cuts = excluded.cuts
           where excluded.cuts or (known.reason, known.until) is distinct from (excluded.reason, excluded.until)`,
    values: [scope, target, reason, by, at, until ?? null, now],
  };
}

/** Refused when nothing of the kind is paused. */
export function liftGuard({ scope, target }: PauseTarget): Guard {
  return { text: `delete from countersign.pause where scope = $1 and target = $2`, values: [scope, target] };
}

/** Clears away a pause whose time is over. Refused when another gateway has, or when somebody has prolonged it. */
export function expiryGuard({ scope, target, until }: Pause): Guard {
  return {
    text: `delete from countersign.pause where scope = $1 and target = $2 and until = $3 and until <= now()`,
    values: [scope, target, until],
  };
}

export function pauseSet({ scope, target, reason, by, until, now }: Pause): EntryDraft {
  const facts = { scope, target, reason, until: until ?? null, now };
  return { kind: 'pause.set', principal: by, outcome: scope, ...connectionOf({ scope, target }), facts };
}

/** `by` is absent when its time was over. */
export function pauseLifted({ scope, target }: PauseTarget, how: { by?: string; reason?: string }): EntryDraft {
  const facts = { scope, target, ...(how.reason === undefined ? {} : { reason: how.reason }) };
  const who = how.by === undefined ? { outcome: 'expired' } : { outcome: 'lifted', principal: how.by };
  return { kind: 'pause.lifted', ...who, ...connectionOf({ scope, target }), facts };
}

function connectionOf({ scope, target }: PauseTarget): { connection?: string } {
  return scope === 'connection' ? { connection: target } : {};
}
