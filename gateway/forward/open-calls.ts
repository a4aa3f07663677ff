import type { RequestId } from '../../workflows/contract/call.ts';
import type { RecordedCall } from '../call.ts';
import { mcpSessionId } from '../receive/sessions.ts';
import type { Recorder } from '../record/recorder.ts';

/** Beyond this many, the oldest call whose answer comes elsewhere is given up. */
const awaitedCallsMax = 10_000;

/** A call taken back may still be answered; its server has this long before nobody listens any more. */
const cancelGraceMs = 2_000;

interface Awaited {
  readonly call: RecordedCall;
  readonly deadline: NodeJS.Timeout;
}

interface Sender {
  readonly sessionId: string;
  readonly principal: string;
}

/**
 * The calls that servers have and this gateway waits for, by session, principal and request id. It knows what
 * `notifications/cancelled` takes back, and which call an answer belongs to that a legacy server gives on a resumed
 * stream (MCP 2025-11-25, SEP-1699). In memory: an answer that a client fetches through another gateway is recorded
 * there as a message, and its call ends here as `unknown`.
 */
export class OpenCalls {
  readonly #recorder: Pick<Recorder, 'closeQuietly'>;
  readonly #underWay = new Map<string, { readonly giveUp: () => void }>();
  readonly #awaited = new Map<string, Awaited>();

  constructor(recorder: Pick<Recorder, 'closeQuietly'>) {
    this.#recorder = recorder;
  }

  get awaited(): number {
    return this.#awaited.size;
  }

  /**
   * Runs while the call is with its server; `giveUp` is called once the caller has taken it back. Outside of a legacy
   * session two clients of one principal may use the same id, and neither may end the other's call.
   */
  begin(call: RecordedCall, giveUp: () => void): { end(): void } {
    if (!isInSession(call)) return { end: () => undefined };
    const key = keyOf(call, call.id);
    const entry = { giveUp };
    this.#underWay.set(key, entry);
    return {
      end: () => {
        if (this.#underWay.get(key) === entry) this.#underWay.delete(key);
      },
    };
  }

  /** The caller no longer wants an answer to this request of its own. Unknown ids are nothing to us. */
  takeBack(sender: Sender, id: unknown): void {
    if (!isRequestId(id)) return;
    const key = keyOf(sender, id);
    const entry = this.#underWay.get(key);
    if (entry !== undefined) setTimeout(() => entry.giveUp(), cancelGraceMs).unref();
    const awaited = this.#awaited.get(key);
    if (awaited !== undefined) void this.#close(key, awaited, 'cancelled', 'the caller cancelled the call');
  }

  /**
   * The server closed its stream on purpose: the answer comes on another one, or the call ends `unknown`. Without a
   * session nothing would tell whose answer it is, so that call ends here.
   */
  async awaitElsewhere(call: RecordedCall, withinMs: number): Promise<void> {
    if (!isInSession(call)) {
      return this.#recorder.closeQuietly(call, 'resumed', { why: 'the server answers on a resumed stream' });
    }
    const key = keyOf(call, call.id);
    const [oldest] = this.#awaited;
    if (this.#awaited.size >= awaitedCallsMax && oldest !== undefined) this.#giveUp(...oldest, 'too many calls wait');
    const deadline = setTimeout(() => this.#giveUp(key, awaited, 'no answer came on a resumed stream'), withinMs);
    const awaited = { call, deadline };
    this.#awaited.set(key, awaited);
  }

  /** The call that this answer belongs to, which the taker must now end. */
  takeAwaited(sender: Sender, id: unknown): RecordedCall | undefined {
    if (!isRequestId(id)) return undefined;
    const key = keyOf(sender, id);
    const awaited = this.#awaited.get(key);
    if (awaited === undefined) return undefined;
    clearTimeout(awaited.deadline);
    this.#awaited.delete(key);
    return awaited.call;
  }

  /** This gateway stops; who resumes, does so through another one. */
  async stop(): Promise<void> {
    const all = [...this.#awaited];
    await Promise.all(all.map(([key, awaited]) => this.#close(key, awaited, 'unknown', 'the gateway stopped')));
  }

  #giveUp(key: string, awaited: Awaited, why: string): void {
    void this.#close(key, awaited, 'unknown', why);
  }

  async #close(key: string, awaited: Awaited, outcome: string, why: string): Promise<void> {
    clearTimeout(awaited.deadline);
    if (this.#awaited.get(key) === awaited) this.#awaited.delete(key);
    await this.#recorder.closeQuietly(awaited.call, outcome, { why });
  }
}

function isInSession({ era, headers }: RecordedCall): boolean {
  return era === 'legacy' && mcpSessionId(headers) !== undefined;
}

function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'string' || typeof id === 'number';
}

/** 1 and "1" are different ids. */
function keyOf({ sessionId, principal }: Sender, id: RequestId): string {
  return JSON.stringify([sessionId, principal, id]);
}
