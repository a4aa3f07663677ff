import type { Json } from '../../workflows/contract/call.ts';
import type { JudgedCall, KnownCall, MaskedMessage, RecordedCall } from '../call.ts';
import type { PurposesFile } from '../config/privacy-schema.ts';
import type { ForwardedMessage } from '../forward/forward-call.ts';
import { broughtBy } from '../hold/action-digest.ts';
import { saidBefore, wrapState } from '../hold/follow-up.ts';
import { ownRequestState, type RequestStates } from '../hold/request-state.ts';
import { multiRoundMethods } from '../hold/wait-plan.ts';
import type { Purpose } from '../policy/judge-input.ts';
import type { PurposeLack } from '../policy/judge.ts';
import { isObject } from '../receive/is-object.ts';
import type { Refusal } from '../release/refusal.ts';
import type { FinalAnswer } from '../release/reply.ts';
import { purposeOf, reasonCharsMax } from './read-purpose.ts';

/** Under which name the client brings the answer back. */
export const PURPOSE_REQUEST = 'dev.countersign/purpose';
const CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities';
/** How long a person may take to say why. */
const answerWithinMs = 15 * 60_000;

/** Whether the person at the client can be asked why, and was not yet. Undefined: no. */
export function mayAsk(call: JudgedCall): PurposeLack | undefined {
  const { judgement, connection, era, method } = call;
  if (judgement.verdict !== 'block' || judgement.lacks === undefined) return undefined;
  const canAsk = connection.purpose?.ask === true && era === 'modern' && multiRoundMethods.has(method);
  // A call that brings its server something could not bring it again together with the answer.
  if (!canAsk || call.wasAsked === true || !takesForms(call) || broughtBy(call) !== null) return undefined;
  return ownRequestState(call) === undefined ? judgement.lacks : undefined;
}

/** Of elicitation, `{}` means forms (MCP 2025-11-25, client/elicitation). */
function takesForms({ params }: KnownCall): boolean {
  const meta = isObject(params) ? params['_meta'] : undefined;
  const capabilities = isObject(meta) ? meta[CAPABILITIES_KEY] : undefined;
  const elicitation = isObject(capabilities) ? capabilities['elicitation'] : undefined;
  return isObject(elicitation) && ('form' in elicitation || Object.keys(elicitation).length === 0);
}

/** How a call ends in the record whose person is asked first. */
export function askedRefusal(call: JudgedCall): Refusal | undefined {
  if (mayAsk(call) === undefined) return undefined;
  return { code: 'pending', callId: call.callId, sentence: 'Its person is asked why.', needs: 'purpose' };
}

/** Asks the person at the client why, by the round trip of MCP 2026-07-28 (basic/patterns/mrtr). */
export function askForPurpose(
  states: RequestStates,
  call: RecordedCall,
  { codes = [] }: PurposeLack,
  purposes: PurposesFile,
): FinalAnswer {
  const what = `${call.connection.name}.${call.tool ?? call.uri ?? call.method}`;
  const message =
    `The gateway's policy asks why ${what} is called. ` +
    'What you write is recorded, and shown to whoever approves the call.';
  const params = { mode: 'form', message, requestedSchema: formOf(codes, purposes) };
  const result = {
    resultType: 'input_required',
    inputRequests: { [PURPOSE_REQUEST]: { method: 'elicitation/create', params } },
    requestState: states.issue(call, { kind: 'purpose' }, states.inMs(answerWithinMs)),
  };
  const body = { jsonrpc: '2.0', id: call.id, result };
  return { status: 200, headers: { 'content-type': 'application/json' }, bytes: Buffer.from(JSON.stringify(body)) };
}

function formOf(codes: readonly string[], purposes: PurposesFile): Json {
  const reason = { type: 'string', title: 'Reason', minLength: 1, maxLength: reasonCharsMax };
  const ticket = { type: 'string', title: 'Ticket, if there is one' };
  if (codes.length === 0) return { type: 'object', properties: { reason, ticket }, required: ['reason'] };
  const meanings = codes.map((code) => `${code}: ${purposes[code]?.description ?? code}`).join('; ');
  const purpose = { type: 'string', title: 'Purpose', description: meanings, enum: codes };
  return { type: 'object', properties: { purpose, reason, ticket }, required: ['purpose', 'reason'] };
}

/** What the person answered; undefined when it did not, or said nothing. */
export function answeredPurpose({ params }: KnownCall, purposes: PurposesFile): Purpose | undefined {
  const responses = isObject(params) ? params['inputResponses'] : undefined;
  const answer = isObject(responses) ? responses[PURPOSE_REQUEST] : undefined;
  if (!isObject(answer) || answer['action'] !== 'accept' || !isObject(answer['content'])) return undefined;
  const { reason, ticket, purpose } = answer['content'];
  return purposeOf({ reason, ticket, code: purpose }, 'elicitation', purposes);
}

/** A purpose that a person stated holds for the rounds that the server asks for afterwards. */
export function keepPurpose<Message extends MaskedMessage & ForwardedMessage>(
  states: RequestStates,
  call: RecordedCall,
  message: Message,
): Message {
  const said = saidBefore(call);
  if (!('purpose' in said)) return message;
  return wrapState(states, call, message, (upstream) => {
    return { kind: 'purpose', ...said, ...(upstream === undefined ? {} : { upstream }) };
  });
}
