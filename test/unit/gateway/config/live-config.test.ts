import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LiveConfig } from '../../../../gateway/config/live-config.ts';

/** What the ledger would hold of a change, in short. */
type Told = { readonly kind: string; readonly facts: object };

const configured = (decision: string, more = '') =>
  `version: 1\npublicUrl: http://127.0.0.1:1\n${more}rules:\n  - id: only\n    decision: ${decision}\n`;

const defaultApproval = 'approvers: { sre: { members: [a@b.co] } }\ndefaults: { approval: { groups: [sre] } }\n';

let home: string;
let path: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-live-'));
  path = join(home, 'countersign.yaml');
  await writeFile(path, configured('allow'));
});
afterEach(() => rm(home, { recursive: true }));

/** A configuration whose looks the test makes, and what it told of changes. `record` is the ledger's part of it. */
function watched(paths: readonly string[] = [path], record: () => Promise<void> = async () => undefined) {
  const told: Told[] = [];
  let look = (): void => expect.fail('nothing was scheduled');
  let stopped = false;
  const live = new LiveConfig({
    paths,
    env: {},
    loopback: true,
    log: pino({ level: 'silent' }),
    schedule: (run) => {
      look = run;
      return () => (stopped = true);
    },
  });
  live.watch({
    record: async (before, next) => {
      await record();
      told.push({ kind: 'changed', facts: { before: before.policyDigest, policyDigest: next.policyDigest } });
    },
    tookEffect: () => undefined,
    rejected: async (entry) => void told.push(entry),
  });
  const lookOnce = async (): Promise<void> => {
    look();
    await turn();
  };
  const lookTwice = async (): Promise<void> => {
    await lookOnce();
    await lookOnce();
  };
  const decision = () => live.current.policy.rules[0]?.decision;
  return { live, told, look: lookOnce, lookTwice, decision, isStopped: () => stopped };
}

describe('a configuration in force', () => {
  test('stays as it is while its files do, whatever their times', async () => {
    const { told, live, lookTwice } = watched();
    const before = live.current;
    await utimes(path, new Date(0), new Date(0));
    await lookTwice();
    expect(told).toEqual([]);
    expect(live.current).toBe(before);
  });

  test('gives way to a new one once two looks agree, and tells both digests', async () => {
    const { told, live, look, decision } = watched();
    const before = live.current.policyDigest;
    await writeFile(path, configured('block'));
    await look();
    expect(decision()).toBe('allow');
    await look();
    expect(decision()).toBe('block');
    await look();
    expect(told).toEqual([{ kind: 'changed', facts: { before, policyDigest: live.current.policyDigest } }]);
  });

  test('does not give way to a file that is half written', async () => {
    const { look, decision, told } = watched();
    await writeFile(path, configured('block').slice(0, -40));
    await look();
    await writeFile(path, configured('block'));
    await look();
    expect([decision(), told.length]).toEqual(['allow', 0]);
    await look();
    expect([decision(), told.length]).toEqual(['block', 1]);
  });

  test('stays when the new one is not sound, says once where, and takes the corrected one', async () => {
    const { told, live, lookTwice, decision } = watched();
    const policyDigest = live.current.policyDigest;
    await writeFile(path, configured('alow'));
    await lookTwice();
    await lookTwice();
    expect(decision()).toBe('allow');
    expect(told).toEqual([{ kind: 'policy.rejected', facts: { policyDigest, problems: [`${path}:5`] } }]);
    await writeFile(path, configured('block'));
    await lookTwice();
    expect(decision()).toBe('block');
  });

  test('stays when its file is gone, and says so once', async () => {
    const { told, lookTwice, decision } = watched();
    await rm(path);
    await lookTwice();
    await lookTwice();
    expect(decision()).toBe('allow');
    expect(told).toMatchObject([{ kind: 'policy.rejected', facts: { problems: [`${path}:1`] } }]);
    await writeFile(path, configured('allow'));
    await lookTwice();
    expect(told).toHaveLength(2);
  });

  test('notices a file that an editor swaps by renaming', async () => {
    const { lookTwice, decision } = watched();
    await writeFile(`${path}.swp`, configured('block'));
    await rename(`${path}.swp`, path);
    await lookTwice();
    expect(decision()).toBe('block');
  });

  test('notices a Kubernetes mount that moves its symlink', async () => {
    const mount = join(home, 'mount');
    for (const [version, decision] of [
      ['..1', 'allow'],
      ['..2', 'block'],
    ] as const) {
      await mkdir(join(mount, version), { recursive: true });
      await writeFile(join(mount, version, 'policy.yaml'), configured(decision));
    }
    await symlink('..1', join(mount, '..data'));
    await symlink(join('..data', 'policy.yaml'), join(mount, 'policy.yaml'));
    const { lookTwice, decision } = watched([mount]);
    expect(decision()).toBe('allow');
    await symlink('..2', join(mount, '..new'));
    await rename(join(mount, '..new'), join(mount, '..data'));
    await lookTwice();
    expect(decision()).toBe('block');
  });

  test('notices a file that joins its folder', async () => {
    const { live, lookTwice } = watched([home]);
    await writeFile(join(home, 'team.yaml'), 'version: 1\nrules: [{ id: more, decision: block }]\n');
    await lookTwice();
    expect(live.current.policy.rules.map(({ id }) => id)).toEqual(['more', 'only']);
  });

  test('notices a credential that is rotated in its file, and masks the new one', async () => {
    const secret = join(home, 'token');
    await writeFile(secret, 'first-canary-0123456789');
    const upstream = `{ url: "http://a", credential: { bearer: "file:${secret}" } }`;
    await writeFile(path, configured('allow', `connections: [{ name: x, upstream: ${upstream} }]\n`));
    const { live, told, lookTwice } = watched();
    await lookTwice();
    expect(told).toEqual([]);
    await writeFile(secret, 'second-canary-0123456789');
    await lookTwice();
    await lookTwice();
    expect(told).toHaveLength(1);
    expect(live.current.connections[0]?.upstream.credential).toEqual({ bearer: 'second-canary-0123456789' });
    expect(live.masker.maskText('it is second-canary-0123456789').text).not.toContain('canary');
  });

  test('takes a version whose secret arrives later', async () => {
    const secret = join(home, 'token');
    const upstream = `{ url: "http://a", credential: { bearer: "file:${secret}" } }`;
    const { told, live, lookTwice } = watched();
    await writeFile(path, configured('allow', `connections: [{ name: x, upstream: ${upstream} }]\n`));
    await lookTwice();
    expect(told).toMatchObject([{ kind: 'policy.rejected' }]);
    await writeFile(secret, 'canary-0123456789');
    await lookTwice();
    expect(live.current.connections).toHaveLength(1);
  });

  test('stays while the new one cannot be recorded, and gives way once it can', async () => {
    let isAway = true;
    const { live, told, look, lookTwice, decision } = watched([path], () =>
      isAway ? Promise.reject(new Error('the ledger is away')) : Promise.resolve(),
    );
    const before = live.current;
    await writeFile(path, configured('block'));
    await lookTwice();
    await look();
    expect(live.current).toBe(before);
    expect(told).toEqual([]);
    isAway = false;
    await look();
    expect([decision(), told.length]).toEqual(['block', 1]);
  });

  test('gives way to the newest one, when several came while none could be recorded', async () => {
    let isAway = true;
    const { live, told, lookTwice, decision } = watched([path], () =>
      isAway ? Promise.reject(new Error('the ledger is away')) : Promise.resolve(),
    );
    const before = live.current.policyDigest;
    await writeFile(path, configured('block'));
    await lookTwice();
    await writeFile(path, configured('alow'));
    await lookTwice();
    isAway = false;
    await lookTwice();
    expect([decision(), live.current.policyDigest]).toEqual(['allow', before]);
    await writeFile(path, configured('require_approval', defaultApproval));
    await lookTwice();
    expect(decision()).toBe('require_approval');
    expect(told.filter(({ kind }) => kind === 'changed')).toMatchObject([{ facts: { before } }]);
  });

  test('does not take effect while it is being recorded, and is recorded once', async () => {
    let done: () => void = () => undefined;
    const { live, told, look, lookTwice, decision } = watched([path], () => new Promise((resolve) => (done = resolve)));
    await writeFile(path, configured('block'));
    await lookTwice();
    await look();
    await look();
    expect(decision()).toBe('allow');
    done();
    await turn();
    expect([decision(), told.length]).toEqual(['block', 1]);
    expect(live.current.policyVersion.digest).toBe(live.current.policyDigest);
  });

  test('masks the credentials of earlier versions too: an answer may end under a later one', async () => {
    const secret = join(home, 'token');
    await writeFile(secret, 'first-canary-0123456789');
    const upstream = `{ url: "http://a", credential: { bearer: "file:${secret}" } }`;
    await writeFile(path, configured('allow', `connections: [{ name: x, upstream: ${upstream} }]\n`));
    const { live, lookTwice } = watched();
    await writeFile(secret, 'second-canary-0123456789');
    await lookTwice();
    const { text } = live.masker.maskText('first-canary-0123456789 and second-canary-0123456789');
    expect(text).not.toContain('canary');
  });

  test('is looked at no more once it is stopped', () => {
    const { live, isStopped } = watched();
    live.stop();
    expect(isStopped()).toBe(true);
  });
});
