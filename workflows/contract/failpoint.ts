/**
 * The moments at which a process may die, one for each row of the crash table: `<program>.<what has just happened>`.
 * `npm run crash` kills programs exactly there. Nothing listens in production.
 */
export const failpointNames = [
  'gateway.request-recorded',
  'gateway.case-opened',
  'gateway.call-held',
  'gateway.caller-attached',
  'gateway.task-opened',
  'gateway.task-attached',
  'gateway.fence-taken',
  'gateway.upstream-answered',
  'gateway.answer-recorded',
  'gateway.answer-delivered',
  'gateway.answer-released',
  'worker.case-recorded',
  'worker.proof-checked',
  'worker.decision-judged',
  'worker.execution-settled',
  'worker.case-closed',
  'worker.calls-swept',
  'slack-app.click-accepted',
  'slack-app.click-signalled',
  'slack-app.card-posted',
] as const;
export type FailpointName = (typeof failpointNames)[number];

/** The environment variable that names the folder in which failpoints are armed. */
const FAILPOINTS_VARIABLE = 'COUNTERSIGN_FAILPOINTS';

export interface FailpointParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the program can be reached from this machine only. */
  readonly loopback: boolean;
  /** Removes a file, and throws when there is none: of several processes one gets it. */
  readonly remove: (path: string) => void;
  /** Ends this process as a crash would. */
  readonly die: () => unknown;
}

let listener: ((name: FailpointName) => void) | undefined;

/**
 * With COUNTERSIGN_FAILPOINTS=<folder>, the first process that passes a failpoint whose name is a file in that folder
 * takes the file and dies there. Without it this does nothing. Throws when others than this machine could reach the
 * program.
 */
export function openFailpoints({ env, loopback, remove, die }: FailpointParts): void {
  const folder = env[FAILPOINTS_VARIABLE] ?? '';
  if (folder === '') return;
  if (!loopback) {
    throw new Error(`${FAILPOINTS_VARIABLE} is for crash tests on loopback. Unset it, or listen on 127.0.0.1.`);
  }
  listener = (name) => {
    try {
      remove(`${folder}/${name}`);
    } catch {
      return;
    }
    die();
  };
}

/** Marks a moment. Costs one comparison unless failpoints are open. */
export function passFailpoint(name: FailpointName): void {
  listener?.(name);
}
