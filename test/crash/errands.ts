import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from '../support/chance.ts';
import { connect, connectLegacy, outcomeOf, type Caller, type ToolResult } from '../support/caller.ts';
import type { JsonObject } from '../support/modern-client.ts';
import { TaskClient } from '../support/task-client.ts';

/**
 * How one caller goes about its call: `read` and `logs` are not gated; `leg` comes back with a state, `stream` stays at
 * the line, `pending` is told to call again, `task` asks for the outcome.
 */
export type ErrandKind = 'read' | 'logs' | 'leg' | 'stream' | 'pending' | 'task';

export interface Errand {
  readonly kind: ErrandKind;
  /** Found in arguments and answers, and nowhere else. */
  readonly marker: string;
  readonly args: JsonObject;
  /** Index of the gateway that is asked first; each further attempt takes the next one. */
  readonly firstGateway: number;
  readonly startsAfterMs: number;
}

/** What one caller was told at the end of one attempt. */
export interface Seen {
  readonly marker: string;
  /** `answered`, or the code of a refusal. */
  readonly code: string;
  /** The `content` of the result, as JSON. */
  readonly content: string;
  readonly callId?: string;
  readonly approvalId?: string;
  readonly reason?: string;
}

export interface ErrandParts {
  readonly gatewayUrls: () => readonly string[];
  readonly token: () => Promise<string>;
  readonly saw: (seen: Seen) => void;
  /** True when nobody expects an answer any more. */
  readonly isGivenUp: () => boolean;
}

const tool: Record<ErrandKind, string> = {
  read: 'get_config',
  logs: 'read_logs',
  leg: 'apply_config',
  stream: 'apply_config',
  pending: 'apply_config',
  task: 'apply_config',
};
/** Longer than the pause between two signs of life of a held call. */
export const attemptMsMax = 25_000;
const againAfterMs = 800;
const pollEveryMs = 1_000;
/** The caller may try again after these; others are the end. */
const passing = new Set(['pending', 'unavailable', 'expired']);

/** Calls until there is an answer that ends it. Returns how it ended, with its reason; `lost` when it is given up. */
export async function run(errand: Errand, parts: ErrandParts, chance: Chance): Promise<string> {
  await pause(errand.startsAfterMs);
  for (let attempt = 1; !parts.isGivenUp(); attempt += 1) {
    const urls = parts.gatewayUrls();
    const url = urls[(errand.firstGateway + attempt - 1) % urls.length] ?? '';
    try {
      const seen = await attemptOnce(errand, parts, url, attempt);
      parts.saw(seen);
      const reason = seen.code === 'denied' || seen.reason === undefined ? '' : ` (${seen.reason})`;
      if (!passing.has(seen.code)) return `${seen.code}${reason}`;
    } catch {
      // The connection broke or the gateway said that it cannot: what a caller does then is to call again.
    }
    await pause(againAfterMs + chance.below(againAfterMs));
  }
  return 'lost';
}

async function attemptOnce(errand: Errand, parts: ErrandParts, url: string, attempt: number): Promise<Seen> {
  const token = await parts.token();
  // What is not gated runs at each attempt, so that each has a marker of its own.
  const isRead = errand.kind === 'read' || errand.kind === 'logs';
  const marker = isRead ? `${errand.marker}a${String(attempt)}z` : errand.marker;
  const args = isRead ? { ...errand.args, service: marker } : errand.args;
  const result =
    errand.kind === 'task' ? await runTask(parts, url, token, args) : await runCall(errand.kind, url, token, args);
  const outcome = outcomeOf(result);
  const content = JSON.stringify(result.content);
  if (outcome === undefined) return { marker, code: 'answered', content };
  return { marker, content, ...outcome };
}

async function runCall(kind: ErrandKind, url: string, token: string, args: JsonObject): Promise<ToolResult> {
  const client: Caller = await (kind === 'read' || kind === 'leg' ? connect(url, token) : connectLegacy(url, token));
  try {
    return await client.call(tool[kind], args, {
      timeoutMs: attemptMsMax,
      ...(kind === 'stream' || kind === 'logs' ? { onProgress: () => undefined } : {}),
    });
  } finally {
    await client.close().catch(() => undefined);
  }
}

/** Any gateway tells of a task, so it is asked for at each in turn. */
async function runTask(parts: ErrandParts, url: string, token: string, args: JsonObject): Promise<ToolResult> {
  const made = await new TaskClient(url, token).raw.callTool(tool.task, args);
  const taskId = made['taskId'];
  if (typeof taskId !== 'string') return made;
  const until = performance.now() + attemptMsMax;
  for (let poll = 0; performance.now() < until; poll += 1) {
    await pause(pollEveryMs);
    const urls = parts.gatewayUrls();
    try {
      const view = await new TaskClient(urls[poll % urls.length] ?? url, await parts.token()).get(taskId);
      if (view.status === 'working') continue;
      if (view.result === undefined) throw new Error(`task ${taskId} ended ${view.status}`);
      return view.result;
    } catch (error) {
      if (error instanceof Error && error.message.includes(' ended ')) throw error;
    }
  }
  throw new Error(`task ${taskId} did not end`);
}
