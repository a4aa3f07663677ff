import type { Caller, Json } from '../../../workflows/contract/call.ts';
import type { RecordedRequest } from '../../../workflows/evidence/read-requests.ts';
import type { Connection } from '../../config/config.ts';
import { toolSettings } from '../../config/tool-settings.ts';
import { calledNames } from '../../receive/called-names.ts';
import { isObject } from '../../receive/is-object.ts';
import type { Act, Command } from '../commands/command.ts';
import { commandOf } from '../commands/read-command.ts';
import type { JudgeInput, Purpose, ToolAnnotations } from '../judge-input.ts';
import { pathOf } from '../../json-pointer.ts';
import { markersIn, maskedPaths, touches, type Unknowns } from './unknowns.ts';

/** A recorded call as a policy can be asked about it, and what of it nobody knows any more. */
export interface RecordedCall {
  readonly input: JudgeInput;
  readonly params: Json | undefined;
  readonly unknowns: Unknowns;
  readonly toolChanged: boolean;
}

type Facts = RecordedRequest['facts'];

/** PURE. What stands in the ledger of a call, read as `connection` says now. */
export function readRecorded(request: RecordedRequest, connection: Connection): RecordedCall {
  const { facts, body, at, method } = request;
  const params = paramsOf(body);
  const args = params?.['arguments'] as Json | undefined;
  const { tool = request.tool, uri } = calledNames(method, params);
  const masked = whereMasked(facts, body, args);
  const isTool = method === 'tools/call';
  const read = isTool ? readCommandAgain(connection, tool, args, masked, facts) : undefined;
  const annotations = isTool ? annotationsOf(connection, facts) : undefined;
  const purpose = purposeOf(facts);
  const knowsCaller = isObject(facts['caller']);
  return {
    params: params as Json | undefined,
    toolChanged: isObject(facts['tool']) && facts['tool']['accepted'] === false,
    input: {
      connection: connection.name,
      method,
      caller: callerOf(request),
      args: argumentsWithout(args, facts),
      at,
      ...(tool === undefined ? {} : { tool }),
      ...(uri === undefined ? {} : { uri }),
      ...(read?.command === undefined ? {} : { command: read.command }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(purpose === undefined ? {} : { purpose }),
    },
    unknowns: {
      groups: !knowsCaller || (isObject(facts['caller']) && facts['caller']['moreGroups'] === true),
      owner: !knowsCaller,
      // An address of a person, so no entry holds it.
      email: true,
      uri: body === undefined ? method.startsWith('resources/') : uri !== undefined && markersIn(uri) > 0,
      annotations: isTool && !knowsCaller,
      purpose: knowsCaller ? (purpose === undefined ? 'known' : 'words') : 'all',
      args: masked,
      command: read?.known ?? 'known',
    },
  };
}

function paramsOf(body: Buffer | undefined): Readonly<Record<string, unknown>> | undefined {
  if (body === undefined) return undefined;
  try {
    const message: unknown = JSON.parse(body.toString('utf8'));
    return isObject(message) && isObject(message['params']) ? message['params'] : undefined;
  } catch {
    return undefined;
  }
}

/** Where the record is not what was judged. What is masked and shows no marker, as within base64, may be anywhere. */
function whereMasked(facts: Facts, body: Buffer | undefined, args: Json | undefined): Unknowns['args'] {
  if (body === undefined) return 'all';
  const counts = isObject(facts['masked']) ? Object.values(facts['masked']) : [];
  const hits = counts.reduce<number>((sum, count) => sum + Number(count), 0);
  if (hits === 0) return [];
  return markersIn(body.toString('utf8')) < hits ? 'all' : maskedPaths(args);
}

/** What was for the gateway alone was taken out before the call was judged. */
function argumentsWithout(args: Json | undefined, { removed }: Facts): Json | undefined {
  if (!Array.isArray(removed) || !isObject(args)) return args;
  const start = '/params/arguments/';
  const names = removed.map(String).flatMap((path) => (path.startsWith(start) ? path.slice(start.length) : []));
  return Object.fromEntries(Object.entries(args).filter(([name]) => !names.includes(name))) as Json;
}

interface ReadAgain {
  readonly command: Command | undefined;
  readonly known: Unknowns['command'];
}

/** A command is read anew where it stands in clear; else what was read of it then tells what it would do. */
function readCommandAgain(
  connection: Connection,
  tool: string | undefined,
  args: Json | undefined,
  masked: Unknowns['args'],
  facts: Facts,
): ReadAgain {
  const { dialect, field } = tool === undefined ? {} : toolSettings(connection, tool);
  if (dialect === undefined) return { command: undefined, known: 'known' };
  const isMasked = typeof field === 'string' ? touches(masked, pathOf(field)) : masked === 'all' || masked.length > 0;
  if (!isMasked) return { command: commandOf(connection, tool, args), known: 'known' };
  const told = facts['command'];
  if (!isObject(told) || told['dialect'] !== dialect || told['moreActs'] === true || !Array.isArray(told['acts'])) {
    return { command: undefined, known: 'all' };
  }
  const acts = (told['acts'] as unknown as readonly Omit<Act, 'targets'>[]).map((act) => ({ ...act, targets: {} }));
  return { command: { dialect, acts }, known: 'targets' };
}

function annotationsOf({ trustAnnotations }: Connection, { tool }: Facts): ToolAnnotations | undefined {
  if (!isObject(tool) || !isObject(tool['hints'])) return undefined;
  return { hints: tool['hints'], trusted: trustAnnotations && tool['accepted'] === true };
}

function purposeOf({ purpose }: Facts): Purpose | undefined {
  if (!isObject(purpose)) return undefined;
  const { code, source, claimedBy } = purpose as unknown as Purpose;
  return { text: '', source, claimedBy, ...(code === undefined ? {} : { code }) };
}

function callerOf({ principal, facts }: RecordedRequest): Caller {
  const { caller, actors, client } = facts;
  const at = principal.indexOf('#');
  const { groups = [], owner } = (isObject(caller) ? caller : {}) as { groups?: string[]; owner?: string };
  return {
    issuer: principal.slice(0, Math.max(at, 0)),
    subject: principal.slice(at + 1),
    groups,
    actors: Array.isArray(actors) ? actors.map(String) : [],
    ...(owner === undefined ? {} : { owner }),
    ...(typeof client === 'string' ? { client } : {}),
  };
}
