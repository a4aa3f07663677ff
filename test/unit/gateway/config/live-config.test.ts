import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LiveConfig } from '../../../../gateway/config/live-config.ts';
import type { EntryDraft } from '../../../../workflows/contract/entry.ts';

const configured = (decision: string, more = '') =>
  `version: 1\npublicUrl: http://127.0.0.1:1\n${more}rules:\n  - id: only\n    decision: ${decision}\n`;

let home: string;
let path: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-live-'));
  path = join(home, 'countersign.yaml');
  await writeFile(path, configured('allow'));
});
afterEach(() => rm(home, { recursive: true }));

/** A configuration whose looks the test makes, and what it told of changes. */
function watched(paths: readonly string[] = [path]) {
  const told: EntryDraft[] = [];
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
  live.watch(async (change) => void told.push(change));
  const lookTwice = (): void => {
    look();
    look();
  };
  const decision = () => live.current.policy.rules[0]?.decision;
  return { live, told, look: () => look(), lookTwice, decision, isStopped: () => stopped };
}

describe('a configuration in force', () => {
  test('stays as it is while its files do, whatever their times', async () => {
    const { told, live, lookTwice } = watched();
    const before = live.current;
    await utimes(path, new Date(0), new Date(0));
    lookTwice();
    expect(told).toEqual([]);
    expect(live.current).toBe(before);
  });

  test('gives way to a new one once two looks agree, and tells both digests', async () => {
    const { told, live, look, decision } = watched();
    const before = live.current.policyDigest;
    await writeFile(path, configured('block'));
    look();
    expect(decision()).toBe('allow');
    look();
    expect(decision()).toBe('block');
    look();
    expect(told).toEqual([{ kind: 'policy.changed', facts: { before, policyDigest: live.current.policyDigest } }]);
  });

  test('does not give way to a file that is half written', async () => {
    const { look, decision, told } = watched();
    await writeFile(path, configured('block').slice(0, -40));
    look();
    await writeFile(path, configured('block'));
    look();
    expect([decision(), told.length]).toEqual(['allow', 0]);
    look();
    expect([decision(), told.length]).toEqual(['block', 1]);
  });

  test('stays when the new one is not sound, says once where, and takes the corrected one', async () => {
    const { told, live, lookTwice, decision } = watched();
    const policyDigest = live.current.policyDigest;
    await writeFile(path, configured('alow'));
    lookTwice();
    lookTwice();
    expect(decision()).toBe('allow');
    expect(told).toEqual([{ kind: 'policy.rejected', facts: { policyDigest, problems: [`${path}:5`] } }]);
    await writeFile(path, configured('block'));
    lookTwice();
    expect(decision()).toBe('block');
  });

  test('stays when its file is gone, and says so once', async () => {
    const { told, lookTwice, decision } = watched();
    await rm(path);
    lookTwice();
    lookTwice();
    expect(decision()).toBe('allow');
    expect(told).toMatchObject([{ kind: 'policy.rejected', facts: { problems: [`${path}:1`] } }]);
    await writeFile(path, configured('allow'));
    lookTwice();
    expect(told).toHaveLength(2);
  });

  test('notices a file that an editor swaps by renaming', async () => {
    const { lookTwice, decision } = watched();
    await writeFile(`${path}.swp`, configured('block'));
    await rename(`${path}.swp`, path);
    lookTwice();
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
    lookTwice();
    expect(decision()).toBe('block');
  });

  test('notices a file that joins its folder', async () => {
    const { live, lookTwice } = watched([home]);
    await writeFile(join(home, 'team.yaml'), 'version: 1\nrules: [{ id: more, decision: block }]\n');
    lookTwice();
    expect(live.current.policy.rules.map(({ id }) => id)).toEqual(['more', 'only']);
  });

  test('notices a credential that is rotated in its file, and masks the new one', async () => {
    const secret = join(home, 'token');
    await writeFile(secret, 'first-canary-0123456789');
    const upstream = `{ url: "http://a", credential: { bearer: "file:${secret}" } }`;
    await writeFile(path, configured('allow', `connections: [{ name: x, upstream: ${upstream} }]\n`));
    const { live, told, lookTwice } = watched();
    lookTwice();
    expect(told).toEqual([]);
    await writeFile(secret, 'second-canary-0123456789');
    lookTwice();
    lookTwice();
    expect(told).toHaveLength(1);
    expect(live.current.connections[0]?.upstream.credential).toEqual({ bearer: 'second-canary-0123456789' });
    expect(live.masker.maskText('it is second-canary-0123456789').text).not.toContain('canary');
  });

  test('takes a version whose secret arrives later', async () => {
    const secret = join(home, 'token');
    const upstream = `{ url: "http://a", credential: { bearer: "file:${secret}" } }`;
    const { told, live, lookTwice } = watched();
    await writeFile(path, configured('allow', `connections: [{ name: x, upstream: ${upstream} }]\n`));
    lookTwice();
    expect(told).toMatchObject([{ kind: 'policy.rejected' }]);
    await writeFile(secret, 'canary-0123456789');
    lookTwice();
    expect(live.current.connections).toHaveLength(1);
  });

  test('is looked at no more once it is stopped', () => {
    const { live, isStopped } = watched();
    live.stop();
    expect(isStopped()).toBe(true);
  });
});
