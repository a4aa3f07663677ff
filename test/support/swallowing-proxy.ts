import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a client and PostgreSQL, and loses what a test tells it to lose. */
export interface SwallowingProxy {
  readonly port: number;
  /** What becomes of the next commit of a connection that is open now. */
  onNextCommit(fate: CommitFate): void;
  /** How many COMMITs met a fate. */
  readonly met: number;
  close(): Promise<void>;
}

/**
 * `withhold-request`: the server never hears of it, and the client waits for ever.
 * `lose-answer`: the server commits, the answer is lost and the connection with it.
 * `lose-request`: the connection breaks before the server hears of it.
 * `withhold-answer`: the server commits and the client waits for ever.
 */
export type CommitFate = 'lose-answer' | 'lose-request' | 'withhold-answer' | 'withhold-request';

export async function startSwallowingProxy(serverPort: number): Promise<SwallowingProxy> {
  const sockets = new Set<Socket>();
  let fate: CommitFate | undefined;
  let met = 0;
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    let answersPass = true;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('close', () => upstream.end());
    upstream.on('close', () => client.end());
    client.on('data', (chunk) => {
      // A statement's name is in every execution of it. An append commits by itself, or has COMMIT in the same write.
      if (fate === undefined || !chunk.includes('ledger-append')) {
        upstream.write(chunk);
        return;
      }
      const doomed = fate;
      fate = undefined;
      met += 1;
      if (doomed === 'lose-request') {
        client.destroy();
        upstream.destroy();
        return;
      }
      if (doomed === 'withhold-request') return;
      answersPass = false;
      upstream.write(chunk);
      if (doomed === 'lose-answer') upstream.once('data', () => client.destroy());
    });
    upstream.on('data', (chunk) => {
      if (answersPass) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    onNextCommit: (next) => (fate = next),
    get met() {
      return met;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
