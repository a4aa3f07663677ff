import type { Difference } from './checks.ts';

/** Checks that may come out otherwise on a path, and why that is right. */
export interface Exception {
  readonly path: 'approved';
  /** Whole name, or its beginning and `*`. */
  readonly scenario: string;
  /** Unless told, whatever does not pass directly. */
  readonly check?: string;
  readonly because: string;
}

export const exceptions: readonly Exception[] = [
  {
    path: 'approved',
    scenario: 'server-sse-polling',
    check: 'server-sse-disconnect-resume (ServerDisconnectResume)',
    because:
      "a held call's caller has a stream of the gateway's, so the gateway resumes the server's and not the caller",
  },
  {
    path: 'approved',
    scenario: 'tasks-*',
    because: 'the fixture has no tasks, and the gateway makes one of a held call for whoever declares the extension',
  },
];

/**
 * The suite waits half a second for some calls of these scenarios. Whoever gives up on the approved path comes back, as
 * any caller may, and finds its grant.
 */
export const hurriedScenarios: ReadonlySet<string> = new Set(['server-stateless']);
export const comeBacksMax = 6;

export function exceptionFor(path: string, difference: Difference): Exception | undefined {
  return exceptions.find((each) => each.path === path && covers(each, difference));
}

export function isAbout({ scenario }: Exception, name: string): boolean {
  return scenario.endsWith('*') ? name.startsWith(scenario.slice(0, -1)) : name === scenario;
}

function covers(exception: Exception, { scenario, check, wanted }: Difference): boolean {
  if (!isAbout(exception, scenario)) return false;
  return exception.check === undefined ? wanted !== 'SUCCESS' : exception.check === check;
}
