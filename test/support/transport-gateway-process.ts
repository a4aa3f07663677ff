/**
 * A gateway in a process of its own, whose memory is nothing but the gateway's. Told `memory`, it answers with the
 * bytes that live after a collection; needs `--expose-gc`.
 */
import { startTransportGateway } from './transport-gateway.ts';

const [upstreamUrl = ''] = process.argv.slice(2);
const entriesKept = 10;
const gateway = await startTransportGateway(upstreamUrl, {}, entriesKept);

process.on('message', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ bytes: heapUsed + external });
});
process.send?.({ url: gateway.url });
