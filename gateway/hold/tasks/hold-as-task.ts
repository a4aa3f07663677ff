import { setTimeout as pause } from 'node:timers/promises';
import { passFailpoint } from '../../../workflows/contract/failpoint.ts';
import type { RecordedCall } from '../../call.ts';
import { GatewayError } from '../../errors.ts';
import type { FinalAnswer } from '../../release/reply.ts';
import type { Recorder } from '../../record/recorder.ts';
import type { Cases, JoinedCase } from '../cases.ts';
import { TaskStands } from '../end-if-failed.ts';
import { resultAnswer } from './answers.ts';
import { pendingMeta, taskMembers } from './status.ts';
import type { Task, Tasks } from './tasks.ts';

export interface TaskHoldParts {
  readonly tasks: Tasks;
  readonly cases: Cases;
  readonly recorder: Recorder;
  /** Where people find an approval, for refusals. */
  readonly approvalUrl: (approvalId: string) => string;
}

/** The workflow of an earlier case takes at most a few seconds to end; until then it would drop the task. */
const attachAgainAfterMs = 500;
const attachAgainMax = 40;

/**
 * Makes a held call a task and answers with its handle (Tasks extension, "Task Creation"): first the row with the
 * sealed call, then the record of the handle, then its place in the case, without which it cannot run, and then the
 * handle leaves. Whatever dies after that, the task lives. Undefined: the case ended meanwhile. Throws
 * APPROVALS_UNAVAILABLE, and then there is no task.
 */
export async function holdAsTask(
  parts: TaskHoldParts,
  call: RecordedCall,
  joined: JoinedCase,
): Promise<FinalAnswer | undefined> {
  const { tasks, recorder } = parts;
  const task = await tasks.open(call, joined);
  if (task === undefined) return undefined;
  passFailpoint('gateway.task-opened');
  const isOwn = task.callId === call.callId;
  const answer = handleAnswer(parts, call, task);
  try {
    await recorder.message(call, 'to_caller', { bytes: answer.bytes, hits: [] });
    await attach(parts, joined, task);
  } catch (error) {
    if (isOwn) await tasks.cancel(task, 'unavailable').catch(() => stands(error));
    throw error;
  }
  passFailpoint('gateway.task-attached');
  if (!isOwn) await recorder.closeQuietly(call, 'joined', { answerOf: task.callId, taskId: task.id });
  // Nobody could ask for a task whose handle nobody has.
  if (isOwn && call.reply.gone.aborted) await takeBackTask(parts, task);
  return answer;
}

/** Nothing runs afterwards, unless it runs already. The case stands, and an identical call may come back for it. */
export async function takeBackTask(
  { tasks, cases }: Pick<TaskHoldParts, 'tasks' | 'cases'>,
  task: Task,
): Promise<void> {
  if (await tasks.cancel(task, 'cancelled')) await cases.detachTask(task);
}

/** Nobody could end the task now, so whoever sweeps will. */
function stands(cause: unknown): never {
  throw new TaskStands('the task stands', { cause });
}

async function attach({ cases }: TaskHoldParts, joined: JoinedCase, { callId }: Task): Promise<void> {
  for (let attempt = 0; attempt < attachAgainMax; attempt += 1) {
    if (await cases.attachTask(joined, callId)) return;
    await pause(attachAgainAfterMs);
  }
  throw new GatewayError('APPROVALS_UNAVAILABLE');
}

function handleAnswer(parts: TaskHoldParts, call: RecordedCall, task: Task): FinalAnswer {
  const members = { ...taskMembers(task), _meta: pendingMeta(task, parts.approvalUrl(task.approvalId)) };
  const { status, text } = resultAnswer(call.id, JSON.stringify(members), 'task');
  return { status, headers: { 'content-type': 'application/json' }, bytes: Buffer.from(text) };
}
