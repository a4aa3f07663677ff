import type pg from 'pg';
import { z } from 'zod';
import type { Caller } from '../../workflows/contract/call.ts';
import type { EntryDraft } from '../../workflows/contract/entry.ts';
import { GuardRefused, LedgerUnavailable, type Guard, type Ledger } from '../../workflows/evidence/ledger.ts';
import type { Config } from '../config/config.ts';
import { duration } from '../config/values.ts';
import { GatewayError } from '../errors.ts';
import {
  liftGuard,
  pauseLifted,
  pauseScopes,
  pauseSet,
  readSharedState,
  setGuard,
  type Pause,
  type PauseTarget,
} from '../limits/pause-store.ts';
import type { Pauses } from '../limits/pauses.ts';
import type { Masker } from '../masking/masker.ts';
import { ApiError } from './problem.ts';

export interface PauseApiParts {
  readonly pool: pg.Pool;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly masker: Masker;
  readonly pauses: Pauses;
  readonly config: () => Config;
  readonly now: () => Date;
}

const reasonCharsMax = 1_000;
const targetCharsMax = 512;
const reason = z.string().trim().min(1).max(reasonCharsMax);
const target = { scope: z.enum(pauseScopes), target: z.string().max(targetCharsMax).default('') };

const pauseSchema = z.strictObject({
  ...target,
  reason,
  for: duration.optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  now: z.boolean().default(false),
});
const liftSchema = z.strictObject({ ...target, reason: reason.optional() });

const pauseShape =
  '{"scope": "everything", "connection" or "caller", "target"?: a name or issuer#subject, "reason": text, ' +
  '"for"?: like 1h, or "until"?: RFC 3339, "now"?: true to cut off what is under way}';

/** `GET pauses`: what is paused now, the oldest first. */
export async function listPauses({ pool }: Pick<PauseApiParts, 'pool'>): Promise<{ pauses: readonly Pause[] }> {
  const { pauses } = await readSharedState(pool);
  return { pauses };
}

/**
 * `POST pauses {scope, target?, reason, for?, until?, now?}`: nothing of the target gets through any more, in this gateway when
 * it answers and in every other one within a second. Of one that stands already, reason and end are replaced.
 */
export async function setPause(parts: PauseApiParts, operator: Caller, body: unknown): Promise<Pause> {
  const asked = pauseSchema.safeParse(body);
  if (!asked.success) throw new ApiError('BODY_INVALID', pauseShape);
  requireTarget(parts.config(), asked.data);
  const pause = pauseOf(parts, operator, asked.data);
  const changed = await recordChange(parts, pauseSet(pause), setGuard(pause));
  await parts.pauses.readNow();
  if (changed) return pause;
  const { pauses } = await listPauses(parts);
  return pauses.find(({ scope, target }) => scope === pause.scope && target === pause.target) ?? pause;
}

/** `DELETE pauses?scope=&target=&reason=`: lifts one. `lifted` is false when nothing of the kind was paused. */
export async function liftPause(
  parts: PauseApiParts,
  operator: Caller,
  query: unknown,
): Promise<{ readonly lifted: boolean }> {
  const asked = liftSchema.safeParse(query);
  if (!asked.success) throw new ApiError('QUERY_INVALID', 'scope is everything, connection or caller');
  const { reason: said } = asked.data;
  const why = said === undefined ? {} : { reason: parts.masker.maskText(said).text };
  const lifted = await recordChange(
    parts,
    pauseLifted(asked.data, { by: principalOf(operator), ...why }),
    liftGuard(asked.data),
  );
  await parts.pauses.readNow();
  return { lifted };
}

/** A pause of something that is not there would stop nothing, and who set it would believe otherwise. */
function requireTarget({ connections, issuers }: Config, { scope, target: name }: PauseTarget): void {
  switch (scope) {
    case 'everything':
      if (name !== '') throw new ApiError('BODY_INVALID', 'everything needs no target');
      return;
    case 'connection':
      if (!connections.some((connection) => connection.name === name)) throw new GatewayError('CONNECTION_UNKNOWN');
      return;
    case 'caller': {
      const known = [...issuers.map(({ issuer }) => issuer), 'anonymous'];
      if (known.some((issuer) => name.startsWith(`${issuer}#`) && name.length > issuer.length + 1)) return;
      throw new ApiError('BODY_INVALID', 'a caller is issuer#subject, with an issuer of this gateway');
    }
  }
}

function pauseOf(
  { masker, now }: PauseApiParts,
  operator: Caller,
  { scope, target: name, reason: said, for: forMs, until, now: cuts }: z.output<typeof pauseSchema>,
): Pause {
  const at = now();
  const ends = until === undefined ? forMs && new Date(at.getTime() + forMs) : new Date(until);
  if (until !== undefined && forMs !== undefined) throw new ApiError('BODY_INVALID', 'give "for" or "until", not both');
  if (ends && ends <= at) throw new ApiError('BODY_INVALID', '"until" has passed already');
  const pause = { scope, target: name, reason: masker.maskText(said).text, by: principalOf(operator) };
  return { ...pause, now: cuts, at: at.toISOString(), ...(ends ? { until: ends.toISOString() } : {}) };
}

function principalOf({ issuer, subject }: Caller): string {
  return `${issuer}#${subject}`;
}

/** Entry and table in one commit. False when the table stands already as it should. */
async function recordChange({ ledger }: PauseApiParts, entry: EntryDraft, guard: Guard): Promise<boolean> {
  try {
    await ledger.append([entry], guard);
    return true;
  } catch (error) {
    if (error instanceof GuardRefused) return false;
    if (!(error instanceof LedgerUnavailable)) throw error;
    throw new GatewayError('EVIDENCE_UNAVAILABLE', { headers: { 'retry-after': '2' }, cause: error });
  }
}
