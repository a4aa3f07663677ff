import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';

const answerBytesMax = 1024 * 1024;

/**
 * `fetch` for GET requests to servers that one CA vouches for, and no other one: `ca` is its PEM. Redirects are not
 * followed. Node's own fetch takes no CA but those of its whole process.
 */
export function fetchTrusting(ca: string): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : input;
    const headers = Object.fromEntries(new Headers(init.headers));
    const { signal } = init;
    const sent = request(url, { ca, headers, ...(signal == null ? {} : { signal }) });
    sent.end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return new Response(await readAll(answer), { status: answer.statusCode ?? 502 });
  };
}

async function readAll(answer: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > answerBytesMax) throw new Error('the issuer answered more than 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
