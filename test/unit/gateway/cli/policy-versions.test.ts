import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { createMasker } from '../../../../gateway/masking/masker.ts';
import { policyCommand } from '../../../../gateway/cli/policy.ts';
import { captured, type Captured } from '../../../support/captured.ts';

const configured = (decision: string, reason: string) =>
  `version: 1\npublicUrl: http://a\nrules: [{ id: only, decision: ${decision}, reason: '${reason}' }]\n`;

let home: string;
let server: Server;
let answers: Record<string, object>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-cli-'));
  answers = {};
  server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { detail: 'No version.' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('COUNTERSIGN_TOKEN', 'of-an-operator');
  vi.stubEnv('COUNTERSIGN_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await new Promise((resolve) => server.close(resolve));
  await rm(home, { recursive: true });
});

async function file(name: string, content: string): Promise<string> {
  await writeFile(join(home, name), content);
  return join(home, name);
}

function versionOf(path: string) {
  const options = { env: {}, loopback: true, detectorsDigest: createMasker().digest };
  const { digest, document } = loadConfig([path], options).policyVersion;
  const firstLoadedAt = '2026-11-24T10:00:00.000Z';
  return { digest, document, author: 'ann\u001b[2J', authorIs: 'author', firstLoadedAt, gateways: ['gw_1'] };
}

function run(...args: string[]): Promise<Captured> {
  return captured(() => policyCommand(args));
}

describe('countersign policy versions', () => {
  test('lists what was in force, by whom and where, and prints nothing that a terminal would obey', async () => {
    const version = versionOf(await file('a.yaml', configured('allow', 'a')));
    answers['/api/v1/policies'] = { policies: [version] };
    const { code, out } = await run('versions');
    expect(code).toBe(0);
    expect(out).toBe(`${version.digest.slice(0, 12)}  2026-11-24T10:00:00.000Z  by ann\\u{1b}[2J  in force: gw_1\n`);
  });

  test('shows one whole', async () => {
    const version = versionOf(await file('a.yaml', configured('allow', 'a')));
    answers[`/api/v1/policies/${version.digest.slice(0, 12)}`] = version;
    const { out } = await run('show', version.digest.slice(0, 12));
    expect(out).toContain('"decision": "allow"');
    const { out: json } = await run('show', version.digest.slice(0, 12), '--json');
    expect(JSON.parse(json)).toEqual(version);
  });

  test('compares files without any gateway', async () => {
    const [before, after] = [
      await file('a.yaml', configured('allow', 'a')),
      await file('b.yaml', configured('block', 'a')),
    ];
    vi.stubEnv('COUNTERSIGN_TOKEN', '');
    expect(await run('diff', before, after)).toMatchObject({
      code: 0,
      out: 'changed  rule only\n  - decision: "allow"\n  + decision: "block"\n',
    });
    expect((await run('diff', before, before)).out).toBe('They are the same.\n');
  });

  test('compares a file with what was in force', async () => {
    const version = versionOf(await file('a.yaml', configured('allow', 'a')));
    answers[`/api/v1/policies/${version.digest}`] = version;
    const { out } = await run('diff', version.digest, await file('b.yaml', configured('allow', 'b')), '--json');
    expect(JSON.parse(out)).toEqual({
      changes: [{ what: 'rule only', change: 'changed', fields: [{ field: 'reason', before: '"a"', after: '"b"' }] }],
    });
  });

  test.each([
    [['show'], 'say which one'],
    [['show', 'not-hex'], 'a digest is 8 to 64 hex characters'],
    [['diff', 'a'], 'say of which two'],
  ])('says what to write instead of %s', async (args, says) => {
    expect(await run(...args)).toMatchObject({ code: 2, err: expect.stringContaining(says) });
  });
});
