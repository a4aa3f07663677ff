import type { ToolPage } from '../api/tools.ts';
import type { DefinitionState, ToolState } from '../screen/pins/tool-states.ts';
import { Api, apiHelp, apiOptions, printResult } from './api.ts';
import { prettyJson, printable } from './printable.ts';
import { runVerb, UsageError, type ValuesOf } from './verbs.ts';

const help = `countersign tools list   --connection NAME
countersign tools show   --connection NAME --tool NAME [--digest DIGEST]
countersign tools accept --connection NAME --tool NAME --digest DIGEST [--note TEXT]

list    the tools that a server has shown, and whether their definitions are accepted.
show    one tool: its definitions, masked. With --digest, one of them.
accept  accepts exactly the definition with this digest, as it was shown: calls are judged by policy alone again.
Speaks the API of a gateway as a member of its operators.

${apiHelp}`;

const options = {
  ...apiOptions,
  connection: { type: 'string' },
  tool: { type: 'string' },
  digest: { type: 'string' },
  note: { type: 'string' },
} as const;

const digestPattern = /^[0-9a-f]{64}$/;

type Values = ValuesOf<typeof options>;

/** `countersign tools`. Exit code 0: done; 1: refused or unreachable; 2: called wrongly. */
export async function toolsCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return runVerb({ name: 'tools', help, options }, args, async (verb, values) => {
    const result = await run(verb, values, new Api(values.url, env));
    return printResult(values.json, result.json, result.text);
  });
}

async function run(verb: string, values: Values, api: Api): Promise<{ json: unknown; text: string }> {
  switch (verb) {
    case 'list': {
      const tools = await listAll(api, required(values, 'connection'));
      return { json: { tools }, text: tools.map(lineOf).join('') || 'No tool has been seen on this connection yet.\n' };
    }
    case 'show': {
      const state = (await api.get(pathOf(values))) as ToolState;
      const shown = state.definitions.filter(({ digest }) => values.digest === undefined || digest === values.digest);
      if (shown.length === 0) throw new Error('The tool has never been seen with this definition. List it again.');
      return { json: { ...state, definitions: shown }, text: lineOf(state) + shown.map(inWords).join('') };
    }
    case 'accept': {
      const digest = required(values, 'digest');
      if (!digestPattern.test(digest)) throw new UsageError('a digest is 64 hex characters; show prints it');
      const note = values.note === undefined ? {} : { note: values.note };
      const state = (await api.post(`${pathOf(values)}/accept`, { digest, ...note })) as ToolState;
      const more = state.state === 'pending' ? 'Its server shows yet another definition now.\n' : '';
      return { json: state, text: `Accepted ${digest.slice(0, 12)} of ${state.tool}.\n${more}` };
    }
    default:
      throw new UsageError(`there is no "${verb}"; write list, show or accept`);
  }
}

async function listAll(api: Api, connection: string): Promise<ToolState[]> {
  const tools: ToolState[] = [];
  for (let after: string | undefined = ''; after !== undefined;) {
    const path = `connections/${encodeURIComponent(connection)}/tools?after=${encodeURIComponent(after)}`;
    const page = (await api.get(path)) as ToolPage;
    tools.push(...page.tools);
    after = page.next;
  }
  return tools;
}

function pathOf(values: Values): string {
  const [connection, tool] = [required(values, 'connection'), required(values, 'tool')];
  return `connections/${encodeURIComponent(connection)}/tools/${encodeURIComponent(tool)}`;
}

function required(values: Values, name: 'connection' | 'tool' | 'digest'): string {
  const value = values[name];
  if (value === undefined || value === '') throw new UsageError(`say which ${name}: --${name} VALUE`);
  return value;
}

/** One line a tool. Names are a server's, so what a terminal would obey is shown instead. */
function lineOf({ tool, state, digest, definitions }: ToolState): string {
  const changed = definitions.find((definition) => definition.digest === digest)?.changed.join(', ') ?? '';
  const why = state === 'pending' ? `  changed: ${changed}` : '';
  return `${state.padEnd(9)} ${digest.slice(0, 12)}  ${printable(tool)}${why}\n`;
}

function inWords(definition: DefinitionState): string {
  const { digest, state, current, changed, firstSeenAt, acceptedAt, acceptedBy, note } = definition;
  const lines = [
    `\ndigest    ${digest}${current ? '  (shown by the server now)' : ''}`,
    `state     ${state}${changed.length === 0 ? '' : `, changed: ${changed.join(', ')}`}`,
    `seen      ${firstSeenAt}`,
    ...(acceptedAt === undefined
      ? []
      : [`accepted  ${acceptedAt} ${printable(acceptedBy ?? 'as the first one seen')}`]),
    ...(note === undefined ? [] : [`note      ${printable(note)}`]),
  ];
  const text = definition.definition === undefined ? '' : `${prettyJson(definition.definition)}\n`;
  return `${lines.join('\n')}\n${text}`;
}
