import { setTimeout as pause } from 'node:timers/promises';
import { applyEdits, modify } from 'jsonc-parser';
import type { Json } from '../../../workflows/contract/call.ts';
import type { RecordedCall } from '../../call.ts';
import type { ForwardedMessage } from '../../forward/forward-call.ts';
import type { Recorder } from '../../record/recorder.ts';
import { undeclaredAnswer } from './answers.ts';
import { withTaskId, withText } from './exchange.ts';
import { acknowledgement, endOfSubscription, messageEvent, taskNotification } from './events.ts';
import { newsOfTasks, type TaskWatch } from './watch.ts';
import type { Task, Tasks } from './tasks.ts';
import { declaresTasks } from '../wait-plan.ts';

const commentEveryMs = 15_000;
const tellAgainAfterMs = 2_000;
/** A listener for each costs memory here; who has more tasks polls for the rest. */
const ownTasksMax = 200;

export interface TaskListenParts {
  readonly tasks: Tasks;
  readonly taskWatch: TaskWatch;
  readonly recorder: Recorder;
}

type Forward = (call: RecordedCall) => AsyncIterable<ForwardedMessage>;

/**
 * `subscriptions/listen` with tasks of ours in it (Tasks extension, "Task Status Notifications"). The server is asked
 * for what is left without them, if anything is, and the news of our tasks join its stream. Other calls pass.
 */
export function listenToTasks(
  parts: TaskListenParts,
  call: RecordedCall,
  forward: Forward,
): AsyncIterable<ForwardedMessage> {
  const ids = call.method === 'subscriptions/listen' ? taskIdsOf(call) : [];
  return ids.some(isOwnTaskId) ? listen(parts, call, ids, forward) : forward(call);
}

async function* listen(
  parts: TaskListenParts,
  call: RecordedCall,
  ids: readonly string[],
  forward: Forward,
): AsyncGenerator<ForwardedMessage> {
  if (!declaresTasks(call)) {
    const { status, text } = undeclaredAnswer(call.id);
    yield { final: true, status, text, headers: { 'content-type': 'application/json' }, event: undefined };
    return;
  }
  const asked = await lookUp(parts, call, ids.filter(isOwnTaskId).slice(0, ownTasksMax));
  const serverIds = [...ids.filter((id) => !isOwnTaskId(id)), ...asked.handedOver.values()];
  const isAllOurs = serverIds.length === 0 && !asksForMore(call);
  if (isAllOurs) yield* ownStream(parts, call, asked.own);
  else yield* sharedStream(parts, withTaskIds(call, serverIds), asked, forward);
}

interface AskedTasks {
  /** Tasks that the gateway itself tells of. */
  readonly own: readonly Task[];
  /** Our id → the server's, for tasks that went over to it. */
  readonly handedOver: ReadonlyMap<string, string>;
}

/** Ids that are not this caller's are left out, as the acknowledgement will tell. */
async function lookUp(parts: TaskListenParts, call: RecordedCall, ids: readonly string[]): Promise<AskedTasks> {
  const { connection, principal } = call;
  const own: Task[] = [];
  const handedOver = new Map<string, string>();
  for (const task of await parts.tasks.find(ids, { connection: connection.name, principal })) {
    const news = await parts.taskWatch.newsOf(task);
    if (news.kind === 'handed_over') handedOver.set(task.id, news.upstreamId);
    else if (news.kind === 'task') own.push(task);
  }
  return { own, handedOver };
}

/** A stream of the gateway's own. It ends in order once there is nothing left to tell. */
async function* ownStream(
  { taskWatch }: TaskListenParts,
  call: RecordedCall,
  own: readonly Task[],
): AsyncGenerator<ForwardedMessage> {
  const { reply, id } = call;
  reply.endless = true;
  const comments = setInterval(() => void reply.comment('waiting for approval'), commentEveryMs);
  try {
    yield messageEvent(acknowledgement(id, own));
    for await (const members of newsOfTasks(taskWatch, own, [reply.gone, reply.cut])) {
      yield messageEvent(taskNotification(id, members));
    }
    if (!reply.gone.aborted) yield { ...messageEvent(endOfSubscription(id)), final: true };
  } finally {
    clearInterval(comments);
  }
}

/** The server's stream, with our tasks in its acknowledgement and their news between its events. */
async function* sharedStream(
  parts: TaskListenParts,
  call: RecordedCall,
  asked: AskedTasks,
  forward: Forward,
): AsyncGenerator<ForwardedMessage> {
  const over = new AbortController();
  let telling: Promise<void> | undefined;
  try {
    for await (const message of forward(call)) {
      const isAcknowledged = message.text.includes('"notifications/subscriptions/acknowledged"');
      yield withOwnTasks(message, asked);
      // Whoever asks for the next message has passed this one on, and nothing may come before the acknowledgement.
      if (isAcknowledged) telling ??= tell(parts, call, asked.own, over.signal);
    }
  } finally {
    over.abort();
    await telling;
  }
}

/** Recorded, then sent, like everything else; while the ledger is away the news wait. */
async function tell(
  { taskWatch, recorder }: TaskListenParts,
  call: RecordedCall,
  own: readonly Task[],
  over: AbortSignal,
): Promise<void> {
  for await (const members of newsOfTasks(taskWatch, own, [over, call.reply.gone])) {
    const text = taskNotification(call.id, members);
    while (!over.aborted) {
      try {
        await recorder.message(call, 'to_caller', { bytes: Buffer.from(text), hits: [] });
        await call.reply.sendMessage(text);
        break;
      } catch {
        await pause(tellAgainAfterMs);
      }
    }
  }
}

/** A message of the server, in our terms: the ids of tasks that went over to it are ours to the caller. */
function withOwnTasks(message: ForwardedMessage, { own, handedOver }: AskedTasks): ForwardedMessage {
  const { text } = message;
  const ourIds = new Map([...handedOver].map(([ours, theirs]) => [theirs, ours]));
  if (text.includes('"notifications/subscriptions/acknowledged"')) {
    const { params } = JSON.parse(text) as { params?: { notifications?: { taskIds?: readonly string[] } } };
    const theirs = (params?.notifications?.taskIds ?? []).map((id) => ourIds.get(id) ?? id);
    const all = [...theirs, ...own.map(({ id }) => id)];
    return withText(message, applyEdits(text, modify(text, ['params', 'notifications', 'taskIds'], all, {})));
  }
  if (ourIds.size === 0 || !text.includes('"notifications/tasks"')) return message;
  const { params } = JSON.parse(text) as { params?: { taskId?: string } };
  const ours = ourIds.get(params?.taskId ?? '');
  return ours === undefined ? message : withText(message, withTaskId(text, ['params', 'taskId'], ours));
}

/** The call as its server may see it: with ids that it knows. */
function withTaskIds(call: RecordedCall, ids: readonly string[]): RecordedCall {
  const text = call.raw.toString('utf8');
  const path = ['params', 'notifications', 'taskIds'];
  const raw = Buffer.from(applyEdits(text, modify(text, path, ids.length === 0 ? undefined : ids, {})));
  return { ...call, raw };
}

function isOwnTaskId(id: string): boolean {
  return id.startsWith('apr_');
}

function taskIdsOf(call: RecordedCall): string[] {
  const { taskIds } = filterOf(call);
  return Array.isArray(taskIds) ? taskIds.filter((id): id is string => typeof id === 'string') : [];
}

function asksForMore(call: RecordedCall): boolean {
  return Object.entries(filterOf(call)).some(([name, value]) => name !== 'taskIds' && value !== false);
}

function filterOf({ params }: RecordedCall): Readonly<Record<string, Json>> {
  const { notifications } = (params ?? {}) as { readonly notifications?: Json };
  return typeof notifications === 'object' && notifications !== null && !Array.isArray(notifications)
    ? (notifications as Readonly<Record<string, Json>>)
    : {};
}
