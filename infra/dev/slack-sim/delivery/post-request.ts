import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { SignedRequest } from './sign.ts';

/** How the app answered; status 0 when it did not. */
export interface AppAnswer {
  readonly status: number;
  readonly body: string;
  readonly error?: string;
}

const answerBytesMax = 1024 * 1024;

/** Posts a request once. Never throws; gives up after `withinMs`, as Slack does. */
export function postRequest(
  url: string,
  { headers, body }: SignedRequest,
  { withinMs, dropSocket }: { readonly withinMs: number; readonly dropSocket: boolean },
): Promise<AppAnswer> {
  return new Promise((resolve) => {
    const send = url.startsWith('https:') ? requestHttps : requestHttp;
    const signal = AbortSignal.timeout(withinMs);
    const fail = (error: string): void => resolve({ status: 0, body: '', error });
    const request = send(url, {
      method: 'POST',
      agent: false,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      signal,
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      fail(signal.aborted ? `no answer within ${String(withinMs)} ms` : (error.code ?? error.name));
    });
    request.once('response', (response) => {
      readAnswer(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, body: text }),
        () => fail('the answer broke off'),
      );
    });
    request.end(body, () => {
      if (!dropSocket) return;
      fail('the connection was dropped (injected fault)');
      request.destroy();
    });
  });
}

async function readAnswer(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error('The answer is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
