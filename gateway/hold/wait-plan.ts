import type { Json } from '../../workflows/contract/call.ts';
import type { ReceivedCall } from '../call.ts';
import type { Connection } from '../config/config.ts';
import { broughtBy } from './action-digest.ts';

const CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities';
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** Requests that may be answered by `input_required` (MCP 2026-07-28, basic/patterns/mrtr). */
export const multiRoundMethods = new Set(['tools/call', 'prompts/get', 'resources/read']);

/**
 * How one caller waits for its approval, decided per request.
 *
 * - `task`: it is told a task id at once and asks for the outcome.
 * - `leg`: it is asked to come back with a `requestState`, time and again.
 * - `stream`: its stream stays open.
 * - `pending`: it is told to call again.
 */
export type WaitPlan =
  | { readonly kind: 'task' }
  | { readonly kind: 'leg'; readonly endsAfterMs: number }
  | { readonly kind: 'stream' }
  | { readonly kind: 'pending'; readonly endsAfterMs: number };

/** The first way that the client can bear (architecture, section 6). */
export function planWait(call: ReceivedCall): WaitPlan {
  const { connection, era, method, progressToken } = call;
  if (era === 'modern' && method === 'tools/call' && declaresTasks(call) && mayWaitAsTask(connection)) {
    return { kind: 'task' };
  }
  if (takesLegs(call)) return { kind: 'leg', endsAfterMs: connection.pendingAfterMs };
  if (progressToken !== undefined || connection.clientsWait) return { kind: 'stream' };
  return { kind: 'pending', endsAfterMs: connection.pendingAfterMs };
}

/** A task runs without its caller, whose own token is then not there to be exchanged for the server's. */
export function mayWaitAsTask({ upstream }: Connection): boolean {
  const { credential } = upstream;
  return credential === undefined || !('oauth' in credential) || credential.oauth.grant !== 'token_exchange';
}

/** A caller that brings its server a state can bring no other one back. */
function takesLegs(call: ReceivedCall): boolean {
  return call.era === 'modern' && multiRoundMethods.has(call.method) && broughtBy(call) === null;
}

/** How a caller waits that has come back as often as its client does: its stream, or the word to call again. */
export function planLastLeg({ connection }: ReceivedCall): WaitPlan {
  return connection.clientsWait ? { kind: 'stream' } : { kind: 'pending', endsAfterMs: connection.pendingAfterMs };
}

/** Tasks may be answered only to a request that declares them (SEP-2663). */
export function declaresTasks({ params }: ReceivedCall): boolean {
  const extensions = memberOf(memberOf(memberOf(params, '_meta'), CAPABILITIES_KEY), 'extensions');
  return memberOf(extensions, TASKS_EXTENSION) !== undefined;
}

function memberOf(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Readonly<Record<string, Json>>)[key] : undefined;
}
