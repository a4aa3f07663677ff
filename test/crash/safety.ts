import type pg from 'pg';
import { verifyLedger } from '../../workflows/evidence/verify.ts';
import type { Seen } from './errands.ts';
import {
  answersAreRecorded,
  endsAreKnown,
  executionsAreAllowed,
  grantsRunOnce,
  unknownHasItsDeath,
  type Death,
  type Execution,
  type Fence,
  type Grant,
} from './promises.ts';
import type { Witness } from './witness.ts';

export interface SafetyParts {
  /** Reads countersign's database, and the ops server's. */
  readonly pool: pg.Pool;
  readonly opsPool: pg.Pool;
  readonly witness: Witness;
  readonly origin: string;
  readonly seen: readonly Seen[];
  readonly deaths: readonly Death[];
}

const markerSql = `substring($COLUMN::text from 'cm[0-9]+x[0-9]+(?:a[0-9]+)?z')`;

/** What must hold at any moment, whatever has died. Returns the sentences that are not true. */
export async function checkSafety(parts: SafetyParts): Promise<string[]> {
  const seen = [...parts.seen];
  const { rows: executions } = await parts.opsPool.query<Execution>(
    `select ${markerSql.replace('$COLUMN', 'arguments')} as marker, tool, at from ops.execution
     where arguments::text ~ 'cm[0-9]+x' order by id`,
  );
  // Read after what was seen and run: what that needs to be right was written before.
  await parts.witness.read();
  const { rows: grants } = await parts.pool.query<Grant>(
    `select ${markerSql.replace('$COLUMN', 'request')} as marker,
            (select count(*)::int from countersign.execution
             where approval_id = approval.id and state <> 'aborted') as fences,
            (select min(recorded_at) from countersign.decision
             where approval_id = approval.id and accepted and decision = 'approve') as "approvedAt",
            exists (select from countersign.decision
                    where approval_id = approval.id and accepted and decision = 'deny') as denied
     from countersign.approval`,
  );
  const { rows: fences } = await parts.pool.query<Fence>(
    `select call_id as "callId", approval_id as "approvalId", executor, started_at as "startedAt"
     from countersign.execution where state <> 'aborted'`,
  );
  return [
    ...answersAreRecorded(parts.witness, seen),
    ...executionsAreAllowed(parts.witness, executions, grants),
    ...endsAreKnown(parts.witness, parts.deaths),
    ...grantsRunOnce(parts.witness),
    ...unknownHasItsDeath(parts.witness, parts.deaths, fences),
    ...parts.witness.leaks.map((place) => `the canary stands in ${place}`),
    ...(await verifyLedger(parts.pool, parts.origin)).flatMap(({ faults }) => faults.map(({ says }) => says)),
  ];
}
