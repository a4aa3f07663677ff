import { setTimeout as pause } from 'node:timers/promises';
import { outcomeOf, type Caller, type ToolResult } from './caller.ts';
import { ModernClient } from './modern-client.ts';
import { unique, type Product } from './product.ts';
import { approvalIdOf, isOpen } from './slack.ts';
import { TaskClient } from './task-client.ts';

const readEveryMs = 25;
const lookForCardsEveryMs = 200;
/** Every call waits for its person for a while, so that there are always some that do. */
const cardsSeenBeforeApproval = 4;
const retriesMax = 10;
const rolloutSeconds = 0.3;

export type LoadKind = 'read' | 'session' | 'stream' | 'held' | 'legs' | 'task';

/** A call that is over, as its caller saw it. */
export interface FinishedCall {
  readonly kind: LoadKind;
  /** Stands in its arguments and nowhere else; empty when nothing is to be found by it. */
  readonly value: string;
  /** Why it was not answered as its server answers. */
  readonly failure?: string;
  /** How often its caller was told `pending` and sent the identical call again, as it is told to. */
  readonly retries: number;
}

export interface MixedLoad {
  readonly finished: readonly FinishedCall[];
  count(kind: LoadKind): number;
  /** Starts no more calls, and waits until all of them are over. */
  stop(): Promise<void>;
}

interface Call {
  readonly result: ToolResult;
  readonly retries?: number;
}

/** Calls of every kind, one after the other in loops side by side, while somebody in Slack approves what is held. */
export async function startMixedLoad(product: Product): Promise<MixedLoad> {
  const finished: FinishedCall[] = [];
  const over = new AbortController();
  const [opsToken, quickToken] = await Promise.all(
    ['ops', 'quick'].map((connection) => product.token('ci-deployer', connection)),
  );
  const reader = new ModernClient(product.urlOf('ops'), opsToken ?? '');
  const tasks = new TaskClient(product.urlOf('quick'), quickToken ?? '');
  const session = await product.legacyCaller('ci-deployer', 'everything');
  const streaming = await product.legacyCaller('ci-deployer', 'everything');
  const holding = await product.legacyCaller();
  const returning = await product.caller('ci-deployer', 'quick');
  const kinds: Readonly<Record<LoadKind, (value: string) => Promise<Call>>> = {
    read: async (value) => {
      await pause(readEveryMs);
      return { result: await reader.callTool('get_config', { service: 'payments', reason: value }) };
    },
    session: async (value) => {
      await pause(readEveryMs);
      return expectText(await session.call('echo', { message: value }), value);
    },
    stream: stream(streaming),
    held: untilAnswered(holding, { onProgress: () => undefined }),
    legs: untilAnswered(returning, {}),
    task: async (value) => {
      const { taskId } = await tasks.start('apply_config', setting(value));
      const { status, result } = await tasks.settled(taskId);
      if (status !== 'completed') throw new Error(`its task is ${status}`);
      return { result: result as ToolResult };
    },
  };
  const loops = [...Object.entries(kinds), ['held', kinds.held] as const].map(async ([kind, send]) => {
    while (!over.signal.aborted) finished.push(await oneCall(kind as LoadKind, send));
  });
  const approving = new AbortController();
  const approver = approveWhatIsOpen(product, approving.signal);
  return {
    finished,
    count: (wanted) => finished.filter(({ kind }) => kind === wanted).length,
    stop: async () => {
      over.abort();
      await Promise.all(loops);
      approving.abort();
      await approver;
      await Promise.all([session, streaming, holding, returning].map((caller) => caller.close()));
    },
  };
}

const setting = (value: string) => ({ service: 'payments', key: 'checkout.banner', value, rolloutSeconds });

async function oneCall(kind: LoadKind, send: (value: string) => Promise<Call>): Promise<FinishedCall> {
  const value = unique(kind);
  try {
    const { result, retries = 0 } = await send(value);
    const failure = result.isError === true ? JSON.stringify(result) : undefined;
    return { kind, value, retries, ...(failure === undefined ? {} : { failure }) };
  } catch (error) {
    return { kind, value, retries: 0, failure: error instanceof Error ? error.message : String(error) };
  }
}

function expectText(result: ToolResult, text: string): Call {
  if (!JSON.stringify(result.content).includes(text)) throw new Error(`no answer: ${JSON.stringify(result)}`);
  return { result };
}

/** A call whose server reports on the way. */
function stream(caller: Caller): () => Promise<Call> {
  return async () => {
    let told = 0;
    const onProgress = (): void => void (told += 1);
    const result = await caller.call('trigger-long-running-operation', { duration: 1.5, steps: 3 }, { onProgress });
    if (told === 0) throw new Error('it was told of no progress');
    return { result };
  };
}

/** A held call that is sent again, unaltered, each time its caller is told `pending`. */
function untilAnswered(caller: Caller, options: Parameters<Caller['call']>[2]): (value: string) => Promise<Call> {
  return async (value) => {
    for (let retries = 0; ; retries += 1) {
      const result = await caller.call('apply_config', setting(value), options);
      if (outcomeOf(result)?.code === 'pending' && retries < retriesMax) continue;
      return { ...expectText(result, value), retries };
    }
  };
}

async function approveWhatIsOpen(product: Product, signal: AbortSignal): Promise<void> {
  const seen = new Map<string, number>();
  while (!signal.aborted) {
    await pause(lookForCardsEveryMs, undefined, { signal }).catch(() => undefined);
    for (const card of (await product.slack.cards()).filter(isOpen)) {
      const approvalId = approvalIdOf(card);
      const times = (seen.get(approvalId) ?? 0) + 1;
      seen.set(approvalId, times);
      if (times === cardsSeenBeforeApproval) await product.slack.click('sre-1', card, 'approve');
    }
  }
}
