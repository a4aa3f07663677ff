import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { createSlackSim } from '../../../../infra/dev/slack-sim/server.ts';

export const botToken = ['xoxb', 'stand', 'in'].join('-');
export const signingSecret = 'signing-secret-of-the-stand-in';
export const channel = 'CSIMAPPROVALS';
export const startMs = Date.parse('2026-11-24T13:55:00.000Z');

export interface AppRequest {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Of a stand-in under test, where it differs from the usual. */
export interface SimOptions {
  readonly postsPerSecond?: number;
  readonly ackWithinMs?: number;
  readonly reactionWithinMs?: number;
}

type Reply = { readonly status?: number; readonly body?: string; readonly never?: boolean };

/** The stand-in on a clock of the test's, and an app that only keeps what it is sent. */
export class SimWorld {
  readonly sim: FastifyInstance;
  readonly requests: AppRequest[] = [];
  nowMs = startMs;
  /** What the app answers; 200 and nothing unless told. May call the stand-in first, as an app would. */
  onRequest: (request: AppRequest) => Promise<Reply> | Reply = () => ({});
  readonly #app: Server;

  private constructor(app: Server, requestUrl: string, options: SimOptions) {
    this.#app = app;
    let ids = 0;
    this.sim = createSlackSim(
      {
        requestUrl,
        signingSecret,
        botToken,
        channelId: channel,
        teamId: 'TSIMCOUNTERSIGN',
        publicUrl: undefined,
        postsPerSecond: options.postsPerSecond,
      },
      {
        now: () => this.nowMs,
        newId: () => `ID${String((ids += 1)).padStart(8, '0')}`,
        log: pino({ level: 'silent' }),
        ackWithinMs: options.ackWithinMs ?? 3_000,
        reactionWithinMs: options.reactionWithinMs ?? 20,
      },
    );
  }

  static async start(options: SimOptions = {}): Promise<SimWorld> {
    const app = createServer();
    await new Promise<void>((resolve) => {
      app.listen(0, '127.0.0.1', resolve);
    });
    const { port } = app.address() as AddressInfo;
    const world = new SimWorld(app, `http://127.0.0.1:${String(port)}/slack/events`, options);
    app.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const seen = { headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
        world.requests.push(seen);
        void Promise.resolve(world.onRequest(seen)).then(({ status = 200, body = '', never = false }) => {
          if (!never) response.writeHead(status).end(body);
        });
      });
    });
    return world;
  }

  /** Calls the Web API as the SDK does: a form with JSON inside. */
  async api(method: string, args: Record<string, unknown> = {}, token = botToken): Promise<Answer> {
    const form = Object.entries(args).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    const response = await this.sim.inject({
      method: 'POST',
      url: `/api/${method}`,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Bearer ${token}`,
        host: '127.0.0.1',
      },
      payload: new URLSearchParams(form).toString(),
    });
    return { ...response.json<Answer>(), httpStatus: response.statusCode };
  }

  async read<T>(path: string): Promise<T> {
    const response = await this.sim.inject({ url: `/_sim/${path}`, headers: { host: '127.0.0.1' } });
    return response.json<T>();
  }

  async act<T = Record<string, unknown>>(path: string, body: unknown): Promise<T & { httpCode: number }> {
    const response = await this.sim.inject({
      method: 'POST',
      url: `/_sim/${path}`,
      headers: { 'content-type': 'application/json', host: '127.0.0.1' },
      payload: JSON.stringify(body),
    });
    return { ...response.json<T>(), httpCode: response.statusCode };
  }

  /** Posts a message with one button and returns its ts. */
  async postCard(blocks: unknown = cardBlocks): Promise<string> {
    const { ts } = await this.api('chat.postMessage', { channel, text: 'a card', blocks });
    return ts;
  }

  /** The payload of the newest interaction. */
  payload(): Payload {
    const form = new URLSearchParams(this.requests.at(-1)?.body);
    return JSON.parse(form.get('payload') ?? '{}') as Payload;
  }

  async stop(): Promise<void> {
    await this.sim.close();
    this.#app.closeAllConnections();
    await new Promise((resolve) => this.#app.close(resolve));
  }
}

/** What tests look at in an answer. Which of it is there depends on the method; the assertions after it check that. */
export interface Answer {
  readonly ok: boolean;
  readonly error?: string;
  readonly httpStatus: number;
  readonly ts: string;
  readonly view: { readonly id: string; readonly hash: string };
  readonly channel: { readonly id: string };
  readonly user: object;
  readonly usergroups: readonly object[];
  readonly messages: readonly object[];
  readonly response_metadata: { readonly next_cursor: string; readonly messages: readonly string[] };
}

/** What tests look at in an interaction. */
export interface Payload {
  readonly trigger_id: string;
  readonly response_url: string;
  readonly user: object;
  readonly message: { readonly blocks: unknown };
}

export const cardBlocks = [
  { type: 'section', text: { type: 'plain_text', text: 'Approve?' } },
  {
    type: 'actions',
    block_id: 'apr:1',
    elements: [
      {
        type: 'button',
        action_id: 'approve',
        value: 'v1',
        style: 'primary',
        text: { type: 'plain_text', text: 'Approve' },
      },
    ],
  },
];

export const reasonModal = {
  type: 'modal',
  callback_id: 'deny',
  private_metadata: 'apr_1',
  title: { type: 'plain_text', text: 'Deny' },
  submit: { type: 'plain_text', text: 'Deny' },
  blocks: [
    {
      type: 'input',
      block_id: 'reason',
      label: { type: 'plain_text', text: 'Why?' },
      element: { type: 'plain_text_input', action_id: 'reason', multiline: true },
    },
  ],
};
