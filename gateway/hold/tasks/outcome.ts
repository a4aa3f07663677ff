import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import type { Json } from '../../../workflows/contract/call.ts';
import { refusalAnswer } from '../../release/refusals.ts';
import { answerFor, refusalFor } from '../outcome-answer.ts';
import { fetchableUntilMs, outcomeOf, taskMembers } from './status.ts';
import type { Task, TaskParts } from './tasks.ts';

/**
 * What a caller may fetch of a task now.
 *
 * - `task`: the members of a `DetailedTask`, as the text of a JSON object; a recorded result keeps its bytes.
 * - `handed_over`: the server answered with a task of its own, which ours stands for from then on.
 * - `gone`: nothing any more.
 */
export type TaskNews =
  | { readonly kind: 'task'; readonly text: string; readonly over: boolean }
  | { readonly kind: 'handed_over'; readonly upstreamId: string }
  | { readonly kind: 'gone' };

export interface TaskOutcomeParts {
  readonly tasks: { readonly parts: TaskParts };
  readonly approvalUrl: (approvalId: string) => string;
}

/** The recorded answer is read back from the ledger: what is told is what is there. */
export async function taskNews(parts: TaskOutcomeParts, task: Task): Promise<TaskNews> {
  const { ledger, now } = parts.tasks.parts;
  const outcome = outcomeOf(task);
  const recorded = outcome?.code === 'answered' ? await ledger.readBody(outcome.receipt.commitment) : undefined;
  const answer = recorded === undefined ? undefined : readAnswer(recorded);
  if (answer?.upstreamId !== undefined) return { kind: 'handed_over', upstreamId: answer.upstreamId };
  if (now().getTime() > fetchableUntilMs(task)) return { kind: 'gone' };
  const members = taskMembers(task);
  if (outcome === undefined) return { kind: 'task', text: JSON.stringify(members), over: task.state === 'cancelled' };
  if (outcome.code !== 'answered') return over(members, 'result', refusedResult(parts, task, outcome));
  // Bodies can be destroyed, by retention or by request; then nothing is left to fetch.
  if (answer === undefined) return { kind: 'gone' };
  if (answer.error !== undefined) return over({ ...members, status: 'failed' }, 'error', answer.error);
  return over(members, 'result', answer.result ?? '{}');
}

function over(members: object, member: 'result' | 'error', text: string): TaskNews {
  const head = JSON.stringify(members).slice(0, -1);
  return { kind: 'task', text: `${head},"${member}":${text}}`, over: true };
}

interface RecordedAnswer {
  /** Exact texts of the members of the JSON-RPC response. */
  readonly result: string | undefined;
  readonly error: string | undefined;
  /** Set when the result is a task of the server. */
  readonly upstreamId: string | undefined;
}

/** Cuts a recorded JSON-RPC response into its members. */
function readAnswer(recorded: Buffer): RecordedAnswer {
  const text = answerFor(recorded, { id: 0, era: 'modern' }).bytes.toString('utf8');
  const root = parseTree(text);
  const textAt = (path: string[]): string | undefined => {
    const node = root === undefined ? undefined : findNodeAtLocation(root, path);
    return node === undefined ? undefined : text.slice(node.offset, node.offset + node.length);
  };
  const isTask = textAt(['result', 'resultType']) === '"task"';
  const upstreamId = isTask ? (JSON.parse(textAt(['result', 'taskId']) ?? 'null') as Json) : undefined;
  return {
    result: textAt(['result']),
    error: textAt(['error']),
    upstreamId: typeof upstreamId === 'string' ? upstreamId : undefined,
  };
}

/**
 * An approver's no, or a call that could not be made, is an error of the tool and not of the protocol: the result that
 * the caller would have had at the line. `failed` is for JSON-RPC errors alone (Tasks extension, "Task Status").
 */
function refusedResult(
  { tasks, approvalUrl }: TaskOutcomeParts,
  { request, callId, approvalId }: Task,
  outcome: Exclude<ReturnType<typeof outcomeOf>, { code: 'answered' } | undefined>,
): string {
  const refusal = refusalFor(outcome, { callId }, request, approvalUrl(approvalId));
  const answer = refusalAnswer({ method: request.method, era: 'modern', id: 0 }, refusal);
  // An approver wrote the reason, and may have written anything.
  const text = tasks.parts.masker.maskJson(answer.bytes).bytes.toString('utf8');
  return JSON.stringify((JSON.parse(text) as { result: Json }).result);
}
