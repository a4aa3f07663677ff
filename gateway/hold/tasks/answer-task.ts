import { LedgerUnavailable } from '../../../workflows/evidence/ledger.ts';
import type { RecordedCall } from '../../call.ts';
import { GatewayError } from '../../errors.ts';
import type { ForwardedMessage } from '../../forward/forward-call.ts';
import type { Steps } from '../../pipeline.ts';
import { answerFacts } from '../../record/answer-facts.ts';
import type { FinalAnswer } from '../../release/reply.ts';
import {
  invalidTaskAnswer,
  resultAnswer,
  undeclaredAnswer,
  unknownMethodAnswer,
  unknownTaskAnswer,
  type OwnAnswer,
} from './answers.ts';
import { askUpstreamTask } from './exchange.ts';
import { takeBackTask, type TaskHoldParts } from './hold-as-task.ts';
import { taskNews } from './outcome.ts';
import { declaresTasks } from '../wait-plan.ts';

/**
 * `tasks/get`, `tasks/update` and `tasks/cancel` on a task that this gateway made of a held call. Each is recorded with
 * its answer like any other call; a task of another principal is answered like one that never was.
 */
export async function answerTask(
  parts: TaskHoldParts,
  steps: Steps<ForwardedMessage>,
  call: RecordedCall,
): Promise<FinalAnswer> {
  if (call.era !== 'modern') return recordOwn(parts, call, unknownTaskAnswer(call.id));
  if (!declaresTasks(call)) return recordOwn(parts, call, undeclaredAnswer(call.id));
  const { connection, principal } = call;
  const [task] = await parts.tasks.find([taskIdOf(call)], { connection: connection.name, principal });
  if (task === undefined) return recordOwn(parts, call, unknownTaskAnswer(call.id));
  const news = await taskNews(parts, task);
  if (news.kind === 'handed_over') return askUpstreamTask(steps, call, task.id, news.upstreamId);
  if (news.kind === 'gone') return recordOwn(parts, call, unknownTaskAnswer(call.id));
  switch (call.method) {
    case 'tasks/get':
      return recordOwn(parts, call, resultAnswer(call.id, news.text));
    case 'tasks/update':
      return recordOwn(parts, call, updateAnswer(call));
    case 'tasks/cancel':
      if (task.state === 'waiting') await takeBackTask(parts, task);
      return recordOwn(parts, call, resultAnswer(call.id, '{}'));
    default:
      return recordOwn(parts, call, unknownMethodAnswer(call.id));
  }
}

/** A task of ours asks nothing of its caller, so that there is nothing to take in; that is no error. */
function updateAnswer(call: RecordedCall): OwnAnswer {
  const { inputResponses } = call.params as { readonly inputResponses?: unknown };
  const isMap = typeof inputResponses === 'object' && inputResponses !== null && !Array.isArray(inputResponses);
  return isMap ? resultAnswer(call.id, '{}') : invalidTaskAnswer(call.id, 'inputResponses must be an object.');
}

function taskIdOf({ params }: RecordedCall): string {
  const { taskId } = params as { readonly taskId?: unknown };
  return typeof taskId === 'string' ? taskId : '';
}

/** No record, no answer. What is in it was masked when it was recorded for the first time, or is the gateway's own. */
async function recordOwn({ recorder }: TaskHoldParts, call: RecordedCall, answer: OwnAnswer): Promise<FinalAnswer> {
  const { status, text } = answer;
  const bytes = Buffer.from(text);
  try {
    const message = { bytes, hits: [], status };
    await recorder.answer(call, message, answerFacts(message));
  } catch (error) {
    if (error instanceof LedgerUnavailable) throw new GatewayError('ANSWER_UNRECORDED', { cause: error });
    throw error;
  }
  return { status, headers: { 'content-type': 'application/json' }, bytes };
}
