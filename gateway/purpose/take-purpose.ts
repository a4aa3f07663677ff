import { applyEdits, modify } from 'jsonc-parser';
import type { KnownCall } from '../call.ts';
import type { Config } from '../config/config.ts';
import type { PurposesFile } from '../config/privacy-schema.ts';
import { withoutOwnState } from '../hold/follow-up.ts';
import { ownRequestState, type RequestState, type RequestStates } from '../hold/request-state.ts';
import { isHousekeeping } from '../policy/methods.ts';
import { isObject } from '../receive/is-object.ts';
import { ProtocolRefusal } from '../receive/protocol-refusal.ts';
import { scanStrictJson } from '../receive/strict-json.ts';
import type { ToolPins } from '../screen/pins/tool-pins.ts';
import { withMembers } from '../with-members.ts';
import { answeredPurpose, PURPOSE_REQUEST } from './ask.ts';
import { readPurpose } from './read-purpose.ts';
import { withoutReason } from './reason-argument.ts';

export interface PurposeParts {
  readonly config: () => Config;
  readonly pins: ToolPins;
  readonly requestStates: RequestStates;
}

const INVALID_PARAMS = -32_602;

/**
 * Adds to a call why it is made; housekeeping needs no purpose, whatever headers come with it. What in it was for the
 * gateway alone is taken out: an argument that only the gateway lists, and the answer to a question of the gateway. What
 * a person has answered wins over what its agent says.
 */
export async function takePurpose(parts: PurposeParts, call: KnownCall): Promise<KnownCall> {
  if (call.kind !== 'request' || isHousekeeping(call.method)) return call;
  const { purposes } = parts.config();
  const { call: bare, said } = takesReasonArgument(parts.pins, call) ? withoutReason(call) : { call, said: undefined };
  const returned = await takeAnswer(parts.requestStates, bare, purposes);
  const claimed = readPurpose(returned, said, purposes);
  if (returned.purpose !== undefined || claimed === undefined) return returned;
  return withMembers(returned, { purpose: claimed });
}

function takesReasonArgument(pins: ToolPins, { connection, method, tool }: KnownCall): boolean {
  if (connection.purpose?.argument !== true || method !== 'tools/call' || tool === undefined) return false;
  return !pins.takesReason(connection.name, tool);
}

/** A call that comes back with a state of ours has what its person said before, or says now. */
async function takeAnswer(states: RequestStates, call: KnownCall, purposes: PurposesFile): Promise<KnownCall> {
  const brought = ownRequestState(call);
  const state = brought === undefined ? undefined : states.read(call, brought);
  if (brought === undefined || state === undefined) return call;
  if (state.kind !== 'purpose')
    return state.purpose === undefined ? call : withMembers(call, { purpose: state.purpose });
  if ((await states.redeem(call, brought)) === undefined) {
    throw new ProtocolRefusal(200, INVALID_PARAMS, 'Invalid or expired requestState', call.id ?? null, {
      reason: 'invalid_request_state',
    });
  }
  const purpose = state.purpose ?? answeredPurpose(call, purposes);
  const asked = withMembers(withoutAnswer(call, state), { wasAsked: true as const });
  return purpose === undefined ? asked : withMembers(asked, { purpose });
}

/** The call as its server may see it: with its own state or none, and without what was answered to the gateway. */
function withoutAnswer(call: KnownCall, { upstream, purpose }: Extract<RequestState, { kind: 'purpose' }>): KnownCall {
  const { raw } = withoutOwnState(call, upstream);
  const bare = purpose === undefined ? withoutResponse(raw) : raw;
  const { params } = scanStrictJson(bare).value as { readonly params: KnownCall['params'] };
  const removed = [...(call.removed ?? []), '/params/requestState'];
  if (purpose === undefined) removed.push(`/params/inputResponses/${PURPOSE_REQUEST.replace('/', '~1')}`);
  return withMembers(call, { raw: bare, params, removed, received: call.received ?? call.raw });
}

/** A server that asked for nothing gets no answers. */
function withoutResponse(raw: Buffer): Buffer {
  const text = raw.toString('utf8');
  const { params } = JSON.parse(text) as { params: Record<string, unknown> };
  const { inputResponses } = params;
  if (!isObject(inputResponses) || !Object.hasOwn(inputResponses, PURPOSE_REQUEST)) return raw;
  const isOnly = Object.keys(inputResponses).length === 1;
  const path = ['params', 'inputResponses', ...(isOnly ? [] : [PURPOSE_REQUEST])];
  return Buffer.from(applyEdits(text, modify(text, path, undefined, {})));
}
