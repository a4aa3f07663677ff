import type { Connection } from '../../config/config.ts';
import { judgeElicitation } from './elicitation.ts';

/** What a server may ask of its caller, as the settings name it. `tasks`: how far the caller is with one of the others. */
export type RequestKind = 'sampling' | 'elicitation' | 'roots' | 'tasks';

/**
 * - `allow`: what is asked and what is answered is masked.
 * - `record`: the answer reaches the server as it was given; only the record of it is masked.
 * - `block`: the server is refused.
 */
export type Handling = 'allow' | 'record' | 'block';

/** One request of a server: a message of its own, or an entry of `inputRequests`. */
export interface ServerRequest {
  readonly method: string;
  readonly params: unknown;
}

export type RequestVerdict =
  | { readonly pass: true; readonly kind: RequestKind | undefined }
  | { readonly pass: false; readonly kind: RequestKind | undefined; readonly code: number; readonly why: string };

/** How clients refuse (MCP 2025-11-25, client/sampling and client/elicitation; JSON-RPC 2.0, section 5.1). */
const REJECTED = -1;
const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;

const kinds: Readonly<Record<string, RequestKind>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
  'tasks/get': 'tasks',
  'tasks/result': 'tasks',
  'tasks/list': 'tasks',
  'tasks/cancel': 'tasks',
};

/** A refusal of what a server asked in an answer: the caller reads the gateway's sentence instead of it. */
export class ServerRequestRefused extends Error {}

/**
 * PURE but for the masker. Judges what a server asks of its caller. What nobody has heard of is refused. `isClean` tells
 * whether a text holds nothing that the masker would replace.
 */
export function judgeServerRequest(
  connection: Connection,
  { method, params }: ServerRequest,
  isClean: (text: string) => boolean,
): RequestVerdict {
  if (method === 'ping') return { pass: true, kind: undefined };
  const kind = Object.hasOwn(kinds, method) ? kinds[method] : undefined;
  if (kind === undefined) {
    return { pass: false, kind, code: METHOD_NOT_FOUND, why: 'the gateway does not know this request' };
  }
  if (handlingOf(connection, kind) === 'block') {
    const code = kind === 'roots' || kind === 'tasks' ? METHOD_NOT_FOUND : REJECTED;
    const setting = kind === 'tasks' ? 'sampling and elicitation are' : `${kind} is`;
    return { pass: false, kind, code, why: `serverRequests.${setting} block for this connection` };
  }
  const why = kind === 'elicitation' ? judgeElicitation(connection, params, isClean) : undefined;
  return why === undefined ? { pass: true, kind } : { pass: false, kind, code: INVALID_PARAMS, why };
}

/** Undefined is an answer to nobody knows what: masked, unless nothing would be. */
export function handlingOf({ serverRequests }: Connection, kind: RequestKind | undefined): Handling {
  const { sampling, elicitation, roots } = serverRequests;
  switch (kind) {
    case 'sampling':
      return sampling;
    case 'elicitation':
      return elicitation;
    case 'roots':
      return roots;
    case 'tasks':
      if (sampling === 'block' && elicitation === 'block') return 'block';
      return sampling === 'record' && elicitation === 'record' ? 'record' : 'allow';
    case undefined:
      return [sampling, elicitation, roots].every((handling) => handling === 'record') ? 'record' : 'allow';
  }
}

/** What is told to callers, operators and the server itself; holds nothing that the server wrote but its method. */
export function refusalSentence(connection: Connection, kind: RequestKind | undefined, why: string): string {
  return `Blocked: the server of ${connection.name} asked its caller for ${nameOf(kind)}, and ${why}.`;
}

function nameOf(kind: RequestKind | undefined): string {
  switch (kind) {
    case 'sampling':
      return 'text by its model (sampling)';
    case 'elicitation':
      return 'input by a person (elicitation)';
    case 'roots':
      return 'its folders (roots)';
    case 'tasks':
      return 'one of its tasks';
    case undefined:
      return 'something';
  }
}
