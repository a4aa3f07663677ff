import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../../gateway/config/load.ts';
import { ConfigError } from '../../../../gateway/config/problems.ts';
import { toolSettings } from '../../../../gateway/config/tool-settings.ts';

const connection = `version: 1
publicUrl: http://127.0.0.1:1
connections:
  - name: ops
    upstream: { url: http://127.0.0.1:2/mcp }
    tools:
`;
const load = (tools: string) =>
  loadConfig([import.meta.filename], {
    env: {},
    loopback: true,
    detectorsDigest: 'd',
    readFile: () => connection + tools,
  });

function problemsOf(tools: string): string[] {
  try {
    load(tools);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ line, path, message }) => `${line}: ${path}: ${message}`);
  }
}

describe('what is particular about a tool', () => {
  const tools = load(`      exec_sql: { dialect: postgres, field: /sql }
      exec*: { dialect: bash, timeout: 30s }
      exec_slow: { timeout: 5m }
      "*_sql": { dialect: mysql }
`).connections[0]?.tools;
  const settings = (tool: string) => toolSettings({ tools: tools ?? {} }, tool);

  test('its own name wins, and then the first glob that fits', () => {
    expect(settings('exec_sql').dialect).toBe('postgres');
    expect(settings('exec_shell').dialect).toBe('bash');
    expect(settings('exec_my_sql').dialect).toBe('bash');
    expect(settings('read_sql').dialect).toBe('mysql');
    expect(settings('other').dialect).toBeUndefined();
  });

  test('a name that only has a time limit keeps the command of its glob', () => {
    expect(settings('exec_slow')).toMatchObject({ dialect: 'bash', timeout: 300_000 });
    expect(settings('exec_sql')).toMatchObject({ dialect: 'postgres', field: '/sql', timeout: 30_000 });
  });

  test('another spelling does not get past a glob, and an inherited name is none', () => {
    expect(settings('EXEC_shell').dialect).toBe('bash');
    expect(settings('ｅｘｅｃ_shell').dialect).toBe('bash');
    expect(settings('constructor').dialect).toBeUndefined();
  });
});

test('a field that its dialect does not read is refused, with its line', () => {
  expect(problemsOf('      x: { field: /sql }\n')).toEqual([
    '7: connections.0.tools.x.field: says where a command is and not in what language; add dialect',
  ]);
  expect(problemsOf('      x: { dialect: bash, field: { command: /c } }\n')).toEqual([
    '7: connections.0.tools.x.field: bash is one text, so this is one argument: field: /command',
  ]);
  expect(problemsOf('      x: { dialect: http, field: /url }\n')).toEqual([
    '7: connections.0.tools.x.field: http has parts, so this says where each is: field: {method: /…, url: /…, headers: /…}',
  ]);
  expect(
    problemsOf('      x:\n        dialect: http\n        field:\n          method: /m\n          urll: /u\n'),
  ).toEqual([
    '11: connections.0.tools.x.field.urll: http has no part "urll"; did you mean "url"?; its parts are method, url, headers',
  ]);
  expect(problemsOf('      x: { dialect: kubernetes, field: { verb: /v, kind: /k } }\n')).toEqual([]);
});
