import type { SseEvent } from './sse.ts';

/** What a client waits before it comes back when the server does not say (the SDKs' own default). */
const retryMsDefault = 1_000;
const retryMsMin = 100;
const retryMsMax = 60_000;

/** How far a legacy stream was read, and when its server wants it asked for again (HTML Living Standard, 9.2). */
export class StreamPosition {
  lastEventId: string | undefined;
  retryMs = retryMsDefault;

  note({ id, retry }: SseEvent): void {
    if (id !== undefined && id !== '') this.lastEventId = id;
    if (retry !== undefined) this.retryMs = Math.min(Math.max(retry, retryMsMin), retryMsMax);
  }
}
