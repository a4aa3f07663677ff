import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { toolsCommand } from '../../../../gateway/cli/tools.ts';
import { captured, type Captured } from '../../../support/captured.ts';

const digest = 'ab'.repeat(32);
const pending = {
  tool: 'apply/\u202econfig',
  state: 'pending',
  digest,
  definitions: [
    {
      digest,
      state: 'pending',
      current: true,
      changed: ['description'],
      firstSeenAt: '2026-11-24T12:00:00.000Z',
      definition: '{"name":"apply","description":"a\\u001b[2Jb"}',
    },
  ],
};
const accepted = { ...pending, tool: 'free', state: 'accepted' };

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

let server: Server;
let url: string;
let asked: Asked[];
let answers: Record<string, { status?: number; body: unknown }>;
beforeEach(async () => {
  asked = [];
  answers = {};
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, headers } = request;
      asked.push({
        method,
        url: request.url,
        authorization: headers.authorization,
        body: String(Buffer.concat(chunks)),
      });
      const answer = answers[request.url ?? ''] ?? { status: 404, body: { detail: 'There is no such thing.' } };
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await new Promise((resolve) => server.close(resolve));
});

function run(...args: string[]): Promise<Captured> {
  return captured(() => toolsCommand(args, { COUNTERSIGN_URL: url, COUNTERSIGN_TOKEN: 'tok' }));
}

describe('countersign tools', () => {
  test('lists all pages, one line a tool, and shows what a terminal would obey', async () => {
    answers['/api/v1/connections/ops/tools?after='] = { body: { tools: [pending], next: 'a b' } };
    answers['/api/v1/connections/ops/tools?after=a%20b'] = { body: { tools: [accepted] } };
    const { code, out } = await run('list', '--connection', 'ops');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `pending   ${digest.slice(0, 12)}  apply/\\u{202e}config  changed: description`,
      `accepted  ${digest.slice(0, 12)}  free`,
      '',
    ]);
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer tok', 'Bearer tok']);
  });

  test('shows a definition without letting it write to the terminal, or as JSON', async () => {
    answers[`/api/v1/connections/ops/tools/x`] = { body: pending };
    const about = ['show', '--connection', 'ops', '--tool', 'x'];
    const { out } = await run(...about, '--digest', digest);
    expect(out).toContain(digest);
    expect(out).toContain('"description": "a\\u001b[2Jb"');
    expect(out).not.toContain('\u001b');
    expect(JSON.parse((await run(...about, '--json')).out)).toEqual(pending);
    await expect(run(...about, '--digest', 'cd'.repeat(32))).rejects.toThrow('never been seen');
  });

  test('accepts the definition with this digest, of a tool with any name', async () => {
    const path = `/api/v1/connections/ops/tools/${encodeURIComponent(pending.tool)}/accept`;
    answers[path] = { body: accepted };
    const about = ['--connection', 'ops', '--tool', pending.tool];
    expect((await run('accept', ...about, '--digest', digest, '--note', 'seen')).code).toBe(0);
    expect(asked).toMatchObject([{ method: 'POST', body: JSON.stringify({ digest, note: 'seen' }) }]);
    await expect(run('accept', '--connection', 'ops', '--tool', 'x', '--digest', digest)).rejects.toThrow(
      'There is no such thing.',
    );
  });

  test.each([
    [['accept', '--connection', 'ops', '--tool', 'x'], 'say which digest'],
    [['accept', '--connection', 'ops', '--tool', 'x', '--digest', 'ab'], '64 hex'],
    [['list'], 'say which connection'],
    [['sell'], 'there is no "sell"'],
    [['list', '--nothing'], 'nothing'],
    [['list', '--connection', 'ops', '--url', 'nowhere'], '--url'],
  ])('says what to write instead of %j', async (args, why) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toContain(why);
    expect(asked).toEqual([]);
  });
});
