import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CapturedCall {
  readonly method: string;
  /** Form fields as the Web API client sent them; nested ones are JSON text. */
  readonly fields: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
}

type Answer = Record<string, unknown> | { readonly status: number; readonly headers: Record<string, string> };

/** Slack's Web API as far as a test scripts it: records every call, and answers over real HTTP. */
export class SlackCapture {
  readonly calls: CapturedCall[] = [];
  readonly #answers = new Map<string, (fields: Readonly<Record<string, string>>) => Answer>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const method = (request.url ?? '').replace('/api/', '');
        const fields = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
        this.calls.push({ method, fields, authorization: request.headers.authorization });
        const answer = this.#answers.get(method)?.(fields) ?? { ok: true };
        if ('status' in answer && 'headers' in answer) {
          response.writeHead(answer.status as number, answer.headers as Record<string, string>).end();
          return;
        }
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
  }

  static async start(): Promise<SlackCapture> {
    const capture = new SlackCapture();
    await new Promise<void>((resolve) => capture.#server.listen(0, '127.0.0.1', resolve));
    return capture;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/`;
  }

  answer(method: string, answer: Answer | ((fields: Readonly<Record<string, string>>) => Answer)): void {
    this.#answers.set(method, typeof answer === 'function' ? answer : () => answer);
  }

  callsOf(method: string): Readonly<Record<string, string>>[] {
    return this.calls.filter((call) => call.method === method).map((call) => call.fields);
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
