import { passFailpoint } from '../workflows/contract/failpoint.ts';
import type { JudgedCall, KnownCall, MaskedMessage, ReceivedCall, RecordedCall } from './call.ts';
import type { FinalAnswer } from './release/reply.ts';

/** One message from the upstream: the answer, or something on the way to it. */
export interface UpstreamMessage {
  readonly final: boolean;
  readonly text: string;
}

/** The steps of a call, one folder each. What a step refuses, it throws or answers itself. */
export interface Steps<Message extends UpstreamMessage> {
  /** `authenticate/`: 401 without a valid token, 404 for somebody else's session. */
  authenticate(call: ReceivedCall): Promise<KnownCall>;
  /** `policy/`: policy × identity × arguments → allow | block | hold. Default deny. */
  judge(call: KnownCall): JudgedCall;
  /** `limits/`: what is paused or too much is judged "block" after all. What is admitted must {@link leave}. */
  admit(call: JudgedCall): JudgedCall | Promise<JudgedCall>;
  /** `limits/`: the call is over, however it ended. */
  leave(call: JudgedCall): void;
  /** `record/`: 503 when the ledger cannot take it. No record, no call. */
  recordRequest(call: JudgedCall): Promise<RecordedCall>;
  /** `release/`: the answer of a blocked call, which the record already holds. */
  refuse(call: RecordedCall): FinalAnswer;
  /** `hold/`: waits for approval in Temporal, which then runs {@link execute} here; or denied, expired, pending. */
  hold(call: RecordedCall): Promise<FinalAnswer>;
  /** `hold/`: a question about a task that this gateway made of a held call. */
  answerTask(call: RecordedCall): Promise<FinalAnswer>;
  /** `record/`: policy wants this call in Temporal's history, so its workflow has {@link execute} run here, or nothing does. */
  recordInWorkflow(call: RecordedCall, run: () => Promise<FinalAnswer>): Promise<FinalAnswer>;
  /** `forward/`: the original bytes, with the connection's own credential. 502 when the server cannot be reached. */
  forward(call: RecordedCall): AsyncIterable<Message>;
  /**
   * `screen/`: what a server offers and what it asks of the caller. Lists lose what the caller may never call, tools
   * are compared with their pins, requests to the caller are judged. Undefined: this message is not the caller's.
   */
  screen(call: RecordedCall, message: Message): Promise<Message | undefined>;
  /** `masking/`: the whole envelope. No mask, no release. */
  mask(call: RecordedCall, message: Message): MaskedMessage & Message;
  /** `record/` then `release/`: what is not the answer passes at once and in order. */
  passOn(call: RecordedCall, message: MaskedMessage & Message): Promise<void>;
  /** `record/`: commits the masked answer. No record, no answer. */
  recordAnswer(call: RecordedCall, message: MaskedMessage & Message): Promise<FinalAnswer>;
  /** The answer of a call whose server gave none: unavailable, unknown or withheld, recorded as such. */
  giveUp(call: RecordedCall, error: unknown): Promise<FinalAnswer>;
  /** `release/`: the first byte of the answer leaves here and nowhere else. */
  release(call: RecordedCall, answer: FinalAnswer): Promise<void>;
  /** Notifications and client responses: recorded, forwarded, answered 202. */
  relay(call: JudgedCall): Promise<void>;
}

/** One message from a caller, top to bottom. A thrown GatewayError is the only other way out. */
export async function handleCall<M extends UpstreamMessage>(received: ReceivedCall, steps: Steps<M>): Promise<void> {
  const known = await steps.authenticate(received);
  const admitted = await steps.admit(steps.judge(known));
  try {
    if (admitted.kind !== 'request') return await steps.relay(admitted);
    const recorded = await steps.recordRequest(admitted);
    passFailpoint('gateway.request-recorded');
    const answer = await answerOf(recorded, steps);
    await steps.release(recorded, answer);
  } finally {
    steps.leave(admitted);
  }
}

async function answerOf<M extends UpstreamMessage>(call: RecordedCall, steps: Steps<M>): Promise<FinalAnswer> {
  switch (call.judgement.verdict) {
    case 'block':
      return steps.refuse(call);
    case 'hold':
      return steps.hold(call);
    case 'own':
      return steps.answerTask(call);
    case 'allow':
      if (call.judgement.recordIn === 'workflow') return steps.recordInWorkflow(call, () => execute(call, steps));
      return execute(call, steps);
  }
}

/**
 * Forward → screen → mask → record the answer. An ungated call comes here directly; a held one comes here from its recording
 * workflow, after the fence was taken.
 */
export async function execute<M extends UpstreamMessage>(call: RecordedCall, steps: Steps<M>): Promise<FinalAnswer> {
  try {
    for await (const message of steps.forward(call)) {
      const screened = await steps.screen(call, message);
      if (screened === undefined) continue;
      const masked = steps.mask(call, screened);
      if (!screened.final) {
        await steps.passOn(call, masked);
        continue;
      }
      passFailpoint('gateway.upstream-answered');
      const answer = await steps.recordAnswer(call, masked);
      passFailpoint('gateway.answer-recorded');
      return answer;
    }
    throw new Error('the upstream ended its answer without a response');
  } catch (error) {
    return steps.giveUp(call, error);
  }
}
