import { passFailpoint } from '../workflows/contract/failpoint.ts';
import { authenticate, type AuthenticationParts } from './authenticate/authenticate.ts';
import { forwardCall, type ForwardedMessage } from './forward/forward-call.ts';
import type { OpenCalls } from './forward/open-calls.ts';
import { relay } from './forward/relay.ts';
import type { Upstreams } from './forward/upstream.ts';
import { continueCall } from './hold/continue-call.ts';
import { endIfFailed } from './hold/end-if-failed.ts';
import { sendReturned } from './hold/follow-up.ts';
import { holdCall, type HoldParts } from './hold/hold-call.ts';
import { admit, type AdmitParts } from './limits/admit.ts';
import { recordRequest, refuseMessage, type TurnAwayParts } from './limits/turn-away.ts';
import { unlessPaused } from './limits/unless-paused.ts';
import { hiddenFields } from './masking/fields/hidden-fields.ts';
import { maskMessage } from './masking/mask-message.ts';
import type { Masker } from './masking/masker.ts';
import { respectSchema } from './masking/output-schema.ts';
import { seamsByCall } from './masking/stream-seam.ts';
import type { Steps } from './pipeline.ts';
import { recordInWorkflow, type InWorkflowParts } from './record/record-in-workflow.ts';
import { judgeCall } from './policy/judge-call.ts';
import { keepPurpose } from './purpose/ask.ts';
import { refuseOrAsk } from './purpose/refuse-or-ask.ts';
import { takePurpose } from './purpose/take-purpose.ts';
import { withMaskedInputs } from './screen/requests/input-responses.ts';
import { keepPrivate } from './screen/offers/private-caching.ts';
import { screen, type ScreenParts } from './screen/screen.ts';
import { knowTool } from './screen/pins/tool-known.ts';
import { pinBeforeHold } from './screen/pins/tool-recheck.ts';
import { answerTask } from './hold/tasks/answer-task.ts';
import { offerTasks } from './hold/tasks/offer.ts';
import { listenToTasks, type TaskListenParts } from './hold/tasks/listen.ts';
import { giveUp } from './release/give-up.ts';
import { passOn, recordAnswer } from './release/pass-on.ts';

export interface StepParts
  extends AuthenticationParts, AdmitParts, TurnAwayParts, HoldParts, InWorkflowParts, ScreenParts, TaskListenParts {
  readonly upstreams: Upstreams;
  readonly masker: Masker;
  readonly openCalls: OpenCalls;
}

/** Binds each verb of the pipeline to its folder. */
export function createSteps(parts: StepParts): Steps<ForwardedMessage> {
  const { recorder, masker, waiting, config } = parts;
  const seamOf = seamsByCall();
  const steps: Steps<ForwardedMessage> = {
    authenticate: async (call) => takePurpose(parts, await knowTool(parts.pins, await authenticate(parts, call))),
    judge: (call) => judgeCall(config(), call, parts.now()),
    admit: (call) => admit(parts, call),
    leave: (call) => call.admission?.end(),
    recordRequest: (call) => recordRequest(parts, call),
    refuse: (call) => refuseOrAsk(parts, call),
    hold: (call) =>
      endIfFailed(parts, call, () =>
        pinBeforeHold(parts, call, (pinned) =>
          holdCall(parts, pinned, (next, approvalId) => continueCall(parts, steps, next, approvalId)),
        ),
      ),
    answerTask: (call) => endIfFailed(parts, call, () => answerTask(parts, steps, call)),
    recordInWorkflow: (call, run) => recordInWorkflow(parts, call, () => unlessPaused(parts, call, run)),
    forward: (received) =>
      sendReturned(parts.requestStates, received, (call) =>
        listenToTasks(parts, call, (each) => forwardCall(parts, withMaskedInputs(masker, each))),
      ),
    screen: async (call, message) => {
      const screened = await screen(parts, call, offerTasks(config(), call, message));
      return screened === undefined ? undefined : keepPrivate(config(), call, screened);
    },
    mask: (call, message) => {
      const { connection, method, tool } = call;
      const schema = () => (tool === undefined ? undefined : parts.pins.outputSchemaOf(connection.name, tool));
      const fields = hiddenFields(config, call, message.final, schema);
      const masked = maskMessage(masker, message, seamOf(call, message.final), fields);
      if (!message.final || method !== 'tools/call' || tool === undefined) return masked;
      return respectSchema(masked, schema);
    },
    passOn: (call, message) => {
      // From here on the server counts the progress, and ours would fall behind it.
      if (message.text.includes('"notifications/progress"')) waiting.get(call.callId)?.leaveProgress();
      return passOn(recorder, call, message);
    },
    recordAnswer: (call, message) => recordAnswer(recorder, call, keepPurpose(parts.requestStates, call, message)),
    giveUp: (call, error) => giveUp(parts, call, error),
    release: async (call, answer) => {
      call.admission?.answered(answer.bytes.length);
      const taken = await call.reply.finish(answer);
      passFailpoint('gateway.answer-released');
      waiting.settle(call.callId, taken);
      parts.runs.settle(call.callId, taken);
    },
    relay: (call) => (call.turnedAway === undefined ? relay(parts, call) : refuseMessage(parts, call)),
  };
  return steps;
}
