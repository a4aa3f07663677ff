import { Agent, createServer, get, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const askEveryMs = 100;
const askMsMax = 1_000;
/** They belong to one connection, and the load balancer has two. */
const hopHeaders = ['connection', 'keep-alive', 'transfer-encoding'];

interface Target {
  readonly url: string;
  readonly agent: Agent;
  ready: boolean;
  sent: number;
  open: number;
}

export interface TargetView {
  readonly url: string;
  readonly ready: boolean;
  /** Requests that were sent to it so far. */
  readonly sent: number;
  /** Requests of callers that it has not finished answering. */
  readonly open: number;
}

export interface LoadBalancer {
  readonly url: string;
  readonly targets: () => readonly TargetView[];
  /** What it could not pass on; it never tries a second target. */
  readonly failures: readonly string[];
  /** Names the programs behind it, which are asked for `/readyz` from now on. */
  balance(urls: readonly string[]): void;
  close(): Promise<void>;
}

/**
 * Spreads requests over the targets whose `/readyz` says yes, with connections kept alive, as a load balancer of a
 * company would. It repeats nothing: whatever its caller feels, was felt.
 */
export async function startLoadBalancer(): Promise<LoadBalancer> {
  let targets: Target[] = [];
  let turn = 0;
  const failures: string[] = [];
  const server = createServer((incoming, answer) => {
    const ready = targets.filter((target) => target.ready);
    const target = ready[(turn += 1) % Math.max(ready.length, 1)];
    if (target === undefined) {
      failures.push('no target is ready');
      answer.writeHead(503).end();
      return;
    }
    pass(target, incoming, answer, (what) => failures.push(`${target.url}: ${what}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const asking = setInterval(() => targets.forEach(ask), askEveryMs);
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    targets: () => targets.map(({ url, ready, sent, open }) => ({ url, ready, sent, open })),
    failures,
    balance: (urls) => {
      targets = urls.map((url) => ({ url, agent: new Agent({ keepAlive: true }), ready: false, sent: 0, open: 0 }));
    },
    close: async () => {
      clearInterval(asking);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const { agent } of targets) agent.destroy();
    },
  };
}

function ask(target: Target): void {
  const asked = get(`${target.url}/readyz`, { timeout: askMsMax }, (response) => {
    target.ready = response.statusCode === 200;
    response.resume();
  });
  asked.on('timeout', () => asked.destroy());
  asked.on('error', () => (target.ready = false));
}

function pass(target: Target, incoming: IncomingMessage, answer: ServerResponse, fail: (what: string) => void): void {
  const { method, headers, url = '/' } = incoming;
  target.sent += 1;
  target.open += 1;
  answer.once('close', () => (target.open -= 1));
  const outgoing = request(`${target.url}${url}`, { method, headers, agent: target.agent }, (response) => {
    const kept = Object.entries(response.headers).filter(([name]) => !hopHeaders.includes(name));
    answer.writeHead(response.statusCode ?? 502, Object.fromEntries(kept));
    answer.flushHeaders();
    response.on('error', () => answer.destroy());
    response.pipe(answer);
  });
  outgoing.on('error', (error) => {
    if (answer.destroyed) return;
    fail(`${String(method)} ${url}: ${error.message}`);
    if (answer.headersSent) answer.destroy();
    else answer.writeHead(502).end();
  });
  answer.once('close', () => {
    if (!answer.writableFinished) outgoing.destroy();
  });
  incoming.pipe(outgoing);
}
