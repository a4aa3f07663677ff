import { authenticate, type AuthenticationParts } from './authenticate/authenticate.ts';
import { forwardCall, type ForwardedMessage } from './forward/forward-call.ts';
import { relay } from './forward/relay.ts';
import type { Upstreams } from './forward/upstream.ts';
import { holdCall, type HoldParts } from './hold/hold-call.ts';
import { maskMessage } from './masking/mask-message.ts';
import type { Masker } from './masking/masker.ts';
import type { Steps } from './pipeline.ts';
import { blockRefusal, judgeCall } from './policy/judge-call.ts';
import { giveUp, refusalAfter } from './release/give-up.ts';
import { passOn, recordAnswer } from './release/pass-on.ts';
import { refusalAnswer } from './release/refusals.ts';

export interface StepParts extends AuthenticationParts, HoldParts {
  readonly upstreams: Upstreams;
  readonly masker: Masker;
}

/** Binds each verb of the pipeline to its folder. */
export function createSteps(parts: StepParts): Steps<ForwardedMessage> {
  const { recorder, masker, waiting, config } = parts;
  return {
    authenticate: (call) => authenticate(parts, call),
    judge: (call) => judgeCall(config(), call),
    recordRequest: (call) => recorder.request(call, blockRefusal(call)),
    refuse: (call) => refusalAnswer(call, blockRefusal(call) ?? refusalAfter(call, undefined)),
    hold: (call) => holdCall(parts, call),
    forward: (call) => forwardCall(parts, call),
    mask: (message) => maskMessage(masker, message),
    passOn: (call, message) => passOn(recorder, call, message),
    recordAnswer: (call, message) => recordAnswer(recorder, call, message),
    giveUp: (call, error) => giveUp(recorder, call, error),
    release: async (call, answer) => waiting.settle(call.callId, await call.reply.finish(answer)),
    relay: (call) => relay(parts, call),
  };
}
