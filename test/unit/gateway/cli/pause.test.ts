import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pauseCommand, resumeCommand } from '../../../../gateway/cli/pause.ts';
import { captured, type Captured } from '../../../support/captured.ts';

const pause = {
  scope: 'connection',
  target: 'ops',
  reason: 'Freeze\u001b[2J.',
  by: 'https://issuer#op',
  at: '2026-11-24T12:00:00.000Z',
  until: '2026-11-24T13:00:00.000Z',
};

interface Asked {
  readonly method: string | undefined;
  readonly url: string;
  readonly body: unknown;
}

let asked: Asked[];
let answer: unknown;
beforeEach(() => {
  asked = [];
  answer = pause;
  vi.stubGlobal('fetch', (url: string, { method, body }: { method: string; body?: string }) => {
    asked.push({ method, url, body: body === undefined ? undefined : JSON.parse(body) });
    return Promise.resolve(new Response(JSON.stringify(answer)));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function run(command: typeof pauseCommand, ...args: string[]): Promise<Captured> {
  return captured(() => command([...args, '--url', 'http://gateway/'], { COUNTERSIGN_TOKEN: 'token' }));
}

describe('countersign pause', () => {
  test.each([
    [['connection', 'ops'], { scope: 'connection', target: 'ops' }],
    [['caller', 'https://issuer', 's'], { scope: 'caller', target: 'https://issuer#s' }],
    [['everything'], { scope: 'everything', target: '' }],
  ])('%j asks for that with its reason, and says what is paused', async (target, body) => {
    const { code, out } = await run(pauseCommand, ...target, '--reason', 'Freeze.', '--for', '1h');
    expect(asked).toEqual([
      {
        method: 'POST',
        url: 'http://gateway/api/v1/pauses',
        body: { ...body, reason: 'Freeze.', for: '1h', now: false },
      },
    ]);
    expect([code, out]).toEqual([0, 'Paused connection ops, until 2026-11-24T13:00:00.000Z.\n']);
  });

  test('list shows what is paused, since when and by whom, and nothing that a terminal would obey', async () => {
    answer = { pauses: [pause] };
    const { out } = await run(pauseCommand, 'list');
    expect(out).toBe(
      'connection ops, until 2026-11-24T13:00:00.000Z\n  Freeze\\u{1b}[2J.\n' +
        '  paused 2026-11-24T12:00:00.000Z by https://issuer#op\n',
    );
    answer = { pauses: [] };
    expect((await run(pauseCommand, 'list')).out).toBe('Nothing is paused.\n');
    expect((await run(pauseCommand, 'list', '--json')).out).toBe('{"pauses":[]}\n');
  });

  test.each([
    [['connection', 'ops'], 'say why: --reason TEXT'],
    [['connection', '--reason', 'x'], 'write countersign pause connection NAME'],
    [['caller', 'https://issuer', '--reason', 'x'], 'write countersign pause caller ISSUER SUBJECT'],
    [['everything', 'else', '--reason', 'x'], 'write countersign pause everything'],
    [['tool', 'x', '--reason', 'x'], 'there is no "tool"; write connection, caller or everything'],
  ])('%j says what to write instead, and pauses nothing', async (args, says) => {
    const { code, err } = await run(pauseCommand, ...args);
    expect([code, err, asked]).toEqual([2, expect.stringContaining(says), []]);
  });
});

describe('countersign resume', () => {
  test('lifts exactly that pause, and says when there was none', async () => {
    answer = { lifted: true };
    expect(await run(resumeCommand, 'caller', 'https://issuer', 'a b', '--reason', 'done')).toMatchObject({
      code: 0,
      out: 'Resumed caller https://issuer#a b.\n',
    });
    const { searchParams, pathname } = new URL(asked[0]?.url ?? '');
    expect([asked[0]?.method, pathname, Object.fromEntries(searchParams)]).toEqual([
      'DELETE',
      '/api/v1/pauses',
      { scope: 'caller', target: 'https://issuer#a b', reason: 'done' },
    ]);
    answer = { lifted: false };
    expect((await run(resumeCommand, 'everything')).out).toBe('There was no pause of everything.\n');
  });
});
