import type { RequestId } from '../../../workflows/contract/call.ts';
import type { RequestKind } from './server-requests.ts';

/** How many open requests of servers one gateway remembers; an answer to a forgotten one is judged by its shape. */
const openRequestsMax = 10_000;

/** The gateway's name of a session is of one principal, so nobody answers for another. */
interface Asked {
  readonly sessionId: string;
  readonly id: RequestId | undefined;
}

/** Which requests of servers went to callers through this gateway and are not answered yet. */
export class ServerAsks {
  readonly #open = new Map<string, RequestKind>();

  remember(asked: Asked, kind: RequestKind): void {
    const oldest = this.#open.keys().next();
    if (this.#open.size >= openRequestsMax && oldest.done !== true) this.#open.delete(oldest.value);
    this.#open.set(keyOf(asked), kind);
  }

  /** What the answer with this id answers. Undefined: it was not asked here, or it is answered already. */
  take(asked: Asked): RequestKind | undefined {
    const key = keyOf(asked);
    const kind = this.#open.get(key);
    this.#open.delete(key);
    return kind;
  }
}

/** The ids 1 and "1" are two requests. */
function keyOf({ sessionId, id }: Asked): string {
  return `${sessionId}\n${JSON.stringify(id ?? null)}`;
}
