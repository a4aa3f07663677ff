import type { JsonRecord } from '../records.ts';
import { SlackError } from '../slack-error.ts';
import type { Channel, Workspace } from '../workspace.ts';

/** One call of a Web API method: its arguments, and where it lands. */
export interface ApiCall {
  readonly args: JsonRecord;
  readonly workspace: Workspace;
  /** Base URL of the stand-in, as its caller sees it. */
  readonly origin: string;
}

/** Gives the fields of the answer beside `ok`, or throws {@link SlackError}. */
export type ApiMethod = (call: ApiCall) => JsonRecord;

/** Arguments that the SDK sends as JSON inside the form. */
const jsonArguments = ['blocks', 'attachments', 'metadata', 'view'];

/** PURE. A form's fields as arguments. Throws what Slack answers when one of them is no JSON. */
export function argumentsOfForm(body: string): JsonRecord {
  const args: Record<string, unknown> = Object.fromEntries(new URLSearchParams(body));
  for (const name of jsonArguments) {
    const value = args[name];
    if (typeof value === 'string') args[name] = parseArgument(name, value);
  }
  return args;
}

/** PURE. A string argument; undefined when it is missing or empty. */
export function stringArgument(args: JsonRecord, name: string): string | undefined {
  const value = args[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function flagArgument(args: JsonRecord, name: string): boolean {
  const value = args[name];
  return value === true || value === 'true' || value === '1';
}

export function channelOf({ args, workspace }: ApiCall): Channel {
  const id = stringArgument(args, 'channel');
  const channel = workspace.channel(id) ?? directChannel(workspace, id);
  if (channel === undefined) throw new SlackError('channel_not_found');
  return channel;
}

/** Slack takes a user id for the direct conversation with that user. */
function directChannel(workspace: Workspace, id: string | undefined): Channel | undefined {
  const known = id !== undefined && workspace.membersOf({ id: '', name: '' }).includes(id);
  return known ? workspace.openDirect(id) : undefined;
}

function parseArgument(name: string, text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new SlackError(name === 'blocks' ? 'invalid_blocks_format' : 'invalid_arguments');
  }
}
