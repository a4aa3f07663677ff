import { applyEdits, modify } from 'jsonc-parser';
import type { KnownCall, MaskedMessage, RecordedCall } from '../call.ts';
import type { ForwardedMessage } from '../forward/forward-call.ts';
import type { FinalAnswer } from '../release/reply.ts';
import { isOwnState, ownRequestState, type RequestState, type RequestStates } from './request-state.ts';

/** How long a caller may take for what a server asked of it in an approved call. */
const continuationTtlMs = 15 * 60_000;

/** Asks the caller to come back with this state; no client capability is needed for it (basic/patterns/mrtr). */
export function comeBackAnswer(call: RecordedCall, requestState: string): FinalAnswer {
  const body = { jsonrpc: '2.0', id: call.id, result: { resultType: 'input_required', requestState } };
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    bytes: Buffer.from(JSON.stringify(body)),
  };
}

/** The call as its server may see it: with the server's own state, or with none. No other byte changes. */
export function withoutOwnState<Call extends KnownCall>(call: Call, upstream: string | undefined): Call {
  const text = call.raw.toString('utf8');
  const raw = Buffer.from(applyEdits(text, modify(text, ['params', 'requestState'], upstream, {})));
  return { ...call, raw };
}

/**
 * A call that comes back with a state of ours while policy has come to allow it: nobody has taken the state off it, and
 * its server must see its own, or none. One that is not good any more stands for nothing, and is taken off as well.
 */
export function sendReturned<Message>(
  states: Pick<RequestStates, 'redeem'>,
  call: RecordedCall,
  forward: (call: RecordedCall) => AsyncIterable<Message>,
): AsyncIterable<Message> {
  const brought = ownRequestState(call);
  return brought === undefined || !call.raw.includes(brought)
    ? forward(call)
    : sendWithout(states, call, brought, forward);
}

async function* sendWithout<Message>(
  states: Pick<RequestStates, 'redeem'>,
  call: RecordedCall,
  brought: string,
  forward: (call: RecordedCall) => AsyncIterable<Message>,
): AsyncIterable<Message> {
  const state = await states.redeem(call, brought);
  yield* forward(withoutOwnState(call, state?.kind === 'continuation' ? state.upstream : undefined));
}

/**
 * The answer of an approved call that asks its caller for more. Its state is wrapped in ours, so that the caller's
 * return goes on with the approved call and is not asked for approval anew; the answers it brings are the server's.
 */
export function wrapContinuation<Message extends MaskedMessage & ForwardedMessage>(
  states: RequestStates,
  call: RecordedCall,
  approvalId: string,
  message: Message,
): Message {
  const state = (upstream: string | undefined): RequestState => {
    return { kind: 'continuation', approvalId, upstream, ...saidBefore(call) };
  };
  return wrapState(states, call, message, state);
}

/** What a person said of the purpose, which its client will not say again: it goes with whatever state of ours it brings. */
export function saidBefore({ purpose }: Pick<KnownCall, 'purpose'>) {
  return purpose?.source === 'elicitation' ? { purpose } : {};
}

/** Puts a state of ours around the server's, where an answer asks its caller for more. No other byte changes. */
export function wrapState<Message extends MaskedMessage & ForwardedMessage>(
  states: RequestStates,
  call: RecordedCall,
  message: Message,
  stateOf: (upstream: string | undefined) => RequestState,
): Message {
  if (call.era !== 'modern' || !message.bytes.includes('"input_required"')) return message;
  const text = message.bytes.toString('utf8');
  const { result } = JSON.parse(text) as { result?: { resultType?: unknown; requestState?: unknown } };
  if (result?.resultType !== 'input_required') return message;
  const upstream = typeof result.requestState === 'string' ? result.requestState : undefined;
  if (upstream !== undefined && isOwnState(upstream)) return message;
  const state = stateOf(upstream);
  const wrapped = modify(
    text,
    ['result', 'requestState'],
    states.issue(call, state, states.inMs(continuationTtlMs)),
    {},
  );
  const after = applyEdits(text, wrapped);
  // A text that differs from its event's is what is released instead of it.
  return { ...message, text: after, bytes: Buffer.from(after) };
}
