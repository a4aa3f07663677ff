import type { ApprovalRequest } from '../../workflows/contract/approval.ts';
import type { Reply } from '../release/reply.ts';

/** SDK servers' own default; proxies and fetch clients give up after minutes of silence. */
const tickEveryMs = 15_000;

/**
 * Keeps a held stream alive: a comment and, when the caller gave a token, MCP progress, at once and every 15 s.
 * Its progress values rise from −1 towards 0, so that they stay below whatever the upstream sends afterwards.
 */
export class KeepAlive {
  readonly #reply: Reply;
  #token: string | number | undefined;
  #message: string;
  #ticks = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(reply: Reply, token: string | number | undefined, request: ApprovalRequest) {
    this.#reply = reply;
    this.#token = token;
    const { rule, expiresAt, approvalId } = request;
    this.#message = `waiting for approval, 0 of ${rule.quorum} so far, expires ${expiresAt}, ${approvalId}`;
  }

  start(): void {
    this.#reply.openStream();
    void this.#tick();
    this.#timer = setInterval(() => void this.#tick(), tickEveryMs);
  }

  show(message: string): void {
    this.#message = message;
    if (this.#timer !== undefined) void this.#tick();
  }

  /** From now on only comments: the server's own progress has begun. */
  leaveProgress(): void {
    this.#token = undefined;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #tick(): Promise<void> {
    await this.#reply.comment('waiting for approval');
    if (this.#token === undefined) return;
    this.#ticks += 1;
    const params = { progressToken: this.#token, progress: -1 / this.#ticks, message: this.#message };
    await this.#reply.sendMessage(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params }));
  }
}
