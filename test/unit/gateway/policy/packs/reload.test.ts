import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LiveConfig } from '../../../../../gateway/config/live-config.ts';

const config = (tests: string) => `version: 1
publicUrl: http://127.0.0.1:1
connections: [{ name: ops, upstream: { url: "http://a" } }]
rules: [{ id: get, match: { connection: ops, tool: get }, decision: allow }]
packs: [{ pack: ./pack.yaml, connection: ops }]
${tests}`;
const pack = (word: string) => `name: guard
description: Words that are not said.
rules: [{ id: words, match: { args: { /x: '${word}*' } }, decision: block }]
tests: [{ name: a word, call: { dialect: config, args: { x: '${word}!' } }, expect: { decision: block, rule: words } }]
`;

let home: string;
let logged: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-pack-reload-'));
  logged = '';
  await writeFile(join(home, 'countersign.yaml'), config(''));
  await writeFile(join(home, 'pack.yaml'), pack('one'));
});
afterEach(() => rm(home, { recursive: true }));

function watched() {
  let look = (): void => expect.fail('nothing was scheduled');
  const told: string[] = [];
  const live = new LiveConfig({
    paths: [join(home, 'countersign.yaml')],
    env: {},
    loopback: true,
    log: pino({}, { write: (line: string) => (logged += line) }),
    schedule: (run) => {
      look = run;
      return () => undefined;
    },
  });
  live.watch({
    record: async () => void told.push('taken'),
    tookEffect: () => undefined,
    rejected: async () => void told.push('refused'),
  });
  const lookTwice = async (): Promise<void> => {
    for (let times = 0; times < 2; times += 1) {
      look();
      await turn();
    }
  };
  return { live, told, lookTwice };
}

test('a changed pack of an operator takes effect without a restart', async () => {
  const { live, told, lookTwice } = watched();
  const before = live.current.policyDigest;
  await writeFile(join(home, 'pack.yaml'), pack('two'));
  await lookTwice();
  expect(told).toEqual(['taken']);
  expect(live.current.policyDigest).not.toBe(before);
});

test('a version of which a test fails is refused, and the old one stays', async () => {
  const { live, told, lookTwice } = watched();
  const before = live.current;
  const failing = 'tests: [{ name: nobody gets, call: { connection: ops, tool: get }, expect: { decision: block } }]\n';
  await writeFile(join(home, 'countersign.yaml'), config(failing));
  await lookTwice();
  expect(told).toEqual(['refused']);
  expect(live.current).toBe(before);
  expect(logged).toContain('expected block, and it comes to allow by get');
  await writeFile(join(home, 'countersign.yaml'), config(failing.replace('decision: block', 'decision: allow')));
  await lookTwice();
  expect(told).toEqual(['refused', 'taken']);
});

test('what is seldom meant is logged when a version is read', async () => {
  await writeFile(join(home, 'countersign.yaml'), config('defaults: { decision: allow }\n'));
  watched();
  expect(logged).toContain('whatever no rule speaks of is allowed');
  expect(logged).toContain('countersign.yaml:6');
});
