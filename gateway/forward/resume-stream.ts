import { setTimeout as pause } from 'node:timers/promises';
import type { RecordedCall } from '../call.ts';
import type { StreamPosition } from './stream-position.ts';
import { UpstreamFailure, type UpstreamAnswer, type Upstreams } from './upstream.ts';

/** A server that cannot be reached so often in a row is gone. */
const attemptsMax = 5;

/**
 * Asks a legacy server for the rest of a stream, from the last event seen and no sooner than it wants to be asked
 * (MCP 2025-11-25, basic/transports, resumability). Ends with the signal. Throws UpstreamFailure: the request was
 * sent before, so whatever goes wrong here leaves its outcome unknown.
 */
export async function resumeStream(
  upstreams: Upstreams,
  call: RecordedCall,
  position: StreamPosition,
  signal: AbortSignal,
): Promise<UpstreamAnswer> {
  const { connection } = call;
  const { 'content-type': _type, ...others } = call.headers;
  const headers = { ...others, accept: 'text/event-stream', 'last-event-id': position.lastEventId };
  for (let attempt = 1; ; attempt += 1) {
    await pause(position.retryMs, undefined, { signal }).catch(() => undefined);
    try {
      signal.throwIfAborted();
      const answer = await upstreams.send({ connection, method: 'GET', headers, signal, sender: call });
      if (answer.kind === 'stream') return answer;
      throw new UpstreamFailure('interrupted', `the server does not resume its stream (HTTP ${answer.status})`);
    } catch (error) {
      const unreachable = error instanceof UpstreamFailure && error.kind === 'nothing_sent';
      if (unreachable && attempt < attemptsMax) continue;
      if (!unreachable) throw error;
      throw new UpstreamFailure('interrupted', 'the stream broke and the server cannot be reached again', error);
    }
  }
}
