import type { RecordedCall } from '../call.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Upstreams } from './upstream.ts';

const takeBackMsMax = 5_000;

/**
 * Tells a legacy server that nobody waits for this call any more. For a modern one the closed connection says so.
 * Best effort and recorded like any message: the call is over here whatever comes of it. `initialize` cannot be taken
 * back (MCP 2025-11-25, basic/utilities/cancellation).
 */
export function takeBackUpstream(
  parts: { readonly upstreams: Upstreams; readonly recorder: Recorder },
  call: RecordedCall,
): void {
  if (call.era !== 'legacy' || call.method === 'initialize') return;
  void send(parts.upstreams, parts.recorder, call).catch(() => undefined);
}

async function send(upstreams: Upstreams, recorder: Recorder, call: RecordedCall): Promise<void> {
  const { connection, headers } = call;
  const params = { requestId: call.id, reason: 'The gateway waits no longer for this call.' };
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params }));
  await recorder.message(call, 'to_server', { bytes: body, hits: [] });
  const signal = AbortSignal.timeout(takeBackMsMax);
  const answer = await upstreams.send({ connection, method: 'POST', headers, body, signal, sender: call });
  if (answer.kind === 'stream') answer.discard();
}
