import type { Seen } from './errands.ts';
import type { SeenEntry } from './witness.ts';

/** A process that died, in the order of their deaths. `instance` is the name that a gateway had. */
export interface Death {
  readonly program: string;
  readonly instance: string | undefined;
  readonly atMs: number;
  /** When another process of this program answered. */
  readonly backAtMs?: number;
}

/** One line of the sample server's own counter. */
export interface Execution {
  readonly marker: string;
  readonly tool: string;
  readonly at: Date;
}

/** An approval, and how often an execution of it took its fence. */
export interface Grant {
  readonly marker: string;
  readonly fences: number;
  readonly approvedAt: Date | null;
  readonly denied: boolean;
}

export interface Fence {
  readonly callId: string;
  readonly approvalId: string;
  readonly executor: string;
  readonly startedAt: Date;
}

/** What the ledger tells. */
export interface Testimony {
  readonly entries: readonly SeenEntry[];
  readonly byCall: ReadonlyMap<string, readonly SeenEntry[]>;
  readonly byApproval: ReadonlyMap<string, readonly SeenEntry[]>;
  readonly requested: ReadonlySet<string>;
  readonly answered: ReadonlySet<string>;
  readonly contents: ReadonlySet<string>;
}

/**
 * A gateway may notice that a connection broke before this process hears who died, or may write to one before it
 * notices: as late as event loops are on a machine whose cores are all taken. No time of the product.
 */
const marginMs = 1_500;

/** Every answer a client saw is recorded. */
export function answersAreRecorded(witness: Testimony, seen: readonly Seen[]): string[] {
  return seen.flatMap(({ marker, code, content, callId, approvalId }) => {
    if (code === 'answered') {
      const recorded = witness.answered.has(marker) || witness.contents.has(content);
      return recorded ? [] : [`a client saw an answer to ${marker}, and none is recorded`];
    }
    const entries = witness.byCall.get(callId ?? '') ?? [];
    const received = entries.some(({ kind }) => kind === 'request.received');
    const closed = entries.some(({ kind, outcome }) => kind === 'call.closed' && outcome === code);
    const caseClosed = witness.byApproval
      .get(approvalId ?? '')
      ?.some(({ kind, outcome }) => kind === 'approval.closed' && outcome === code);
    // A caller that leaves while its call runs is told "pending"; its execution ends the call.
    if (received && (closed || caseClosed === true || code === 'pending')) return [];
    return [`a client was told "${code}" of ${marker} (${callId ?? 'no call'}), and that is not recorded`];
  });
}

/** What a caller may be told in the end: an answer, or that nobody knows; a refusal by a person only if there was one. */
export function isExpectedEnd(end: string, isDenied: boolean): boolean {
  return end === 'lost' || end === 'unknown' || end === (isDenied ? 'denied' : 'answered');
}

/** However a call may end when programs die, and who has to have died meanwhile; the rest needs nobody's death. */
const endings: Readonly<Record<string, readonly string[]>> = {
  denied: [],
  expired: [],
  joined: [],
  pending: [],
  gone: [],
  cancelled: [],
  unknown: [],
  unavailable: ['ops', 'temporal', 'postgres'],
  withheld: ['postgres'],
};
/** A server or Temporal that is up again is not reached at once by everybody. */
const reachedMsMax = 15_000;

/** No call ends in a way that the crash table does not know. For `unknown` see {@link unknownHasItsDeath}. */
export function endsAreKnown({ entries, byCall, byApproval }: Testimony, deaths: readonly Death[]): string[] {
  return entries.flatMap(({ kind, outcome, callId, approvalId, atMs }) => {
    if (kind !== 'call.closed') return [];
    const causes = endings[outcome ?? ''];
    if (causes === undefined) return [`${callId ?? ''} ended "${outcome ?? ''}", which no death explains`];
    // A call that joined has the end of its case, whatever came before it.
    const first = byApproval.get(approvalId ?? '')?.[0] ?? byCall.get(callId ?? '')?.[0];
    const sinceMs = first?.atMs ?? atMs;
    const fits = deaths.some(
      ({ program, atMs: diedMs, backAtMs = Infinity }) =>
        causes.includes(program) && diedMs <= atMs + marginMs && backAtMs + reachedMsMax >= sinceMs,
    );
    return causes.length === 0 || fits
      ? []
      : [`${callId ?? ''} ended "${outcome ?? ''}", and no ${causes.join(' or ')} died`];
  });
}

/** No execution without a recorded request and, for what is gated, an accepted approval of its own before it. */
export function executionsAreAllowed(
  witness: Testimony,
  executions: readonly Execution[],
  grants: readonly Grant[],
): string[] {
  const byMarker = new Map<string, Execution[]>();
  for (const run of executions) byMarker.set(run.marker, [...(byMarker.get(run.marker) ?? []), run]);
  return [...byMarker].flatMap(([marker, runs]) => {
    const unrecorded = witness.requested.has(marker) ? [] : [`${marker} ran, and no request is recorded`];
    if (!runs.some(({ tool }) => tool === 'apply_config')) {
      return runs.length > 1 ? [...unrecorded, `${marker} was sent ${String(runs.length)} times`] : unrecorded;
    }
    const own = grants.filter((grant) => grant.marker === marker && !grant.denied && grant.fences > 0);
    const wrong = runs.flatMap((run, index) => {
      const approved = own.filter(({ approvedAt }) => approvedAt !== null && approvedAt <= run.at).length;
      if (approved > index) return [];
      return [`${marker} ran ${String(index + 1)} times with ${String(approved)} grants that were approved by then`];
    });
    return [...unrecorded, ...wrong];
  });
}

export function grantsRunOnce({ byApproval }: Testimony): string[] {
  return [...byApproval].flatMap(([approvalId, entries]) => {
    const runs = entries.filter(({ kind }) => kind === 'call.executing').length;
    return runs > 1 ? [`the grant of ${approvalId} was taken ${String(runs)} times`] : [];
  });
}

/** Whether an instance is a process of the gateway of that name: each adds an id of its own. */
export function isNamed(name: string | undefined, instance: string): boolean {
  return name !== undefined && (instance === name || instance.startsWith(`${name}_`));
}

/**
 * `unknown` is said only of a call during whose time its gateway, its server, or the database that both write to died:
 * for a gated one, from its fence on.
 */
export function unknownHasItsDeath(witness: Testimony, deaths: readonly Death[], fences: readonly Fence[]): string[] {
  const fenceOf = new Map(
    fences.flatMap(
      (fence) =>
        [
          [fence.approvalId, fence],
          [fence.callId, fence],
        ] as const,
    ),
  );
  return witness.entries.flatMap((entry) => {
    if (entry.kind !== 'call.closed' || entry.outcome !== 'unknown' || entry.callId === null) return [];
    const { callId } = entry;
    const received = witness.byCall.get(callId)?.find(({ kind }) => kind === 'request.received');
    // A call that joined has the end of the one that ran.
    const fence = fenceOf.get(callId) ?? fenceOf.get(entry.approvalId ?? '');
    const gated = received?.outcome === 'hold';
    if (received === undefined || (gated && fence === undefined)) return [`${callId} is unknown, and never ran`];
    const executor = fence?.executor ?? received.instance;
    const fromMs = (fence?.startedAt.getTime() ?? received.atMs) - marginMs;
    const fits = deaths.some(
      ({ program, instance, atMs }) =>
        atMs >= fromMs &&
        atMs <= entry.atMs + marginMs &&
        (program === 'ops' || program === 'postgres' || isNamed(instance, executor)),
    );
    return fits ? [] : [`${callId} is unknown, and nothing of its execution's path died meanwhile`];
  });
}
