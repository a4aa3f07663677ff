import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { closeWhenQuiet } from '../../../../gateway/release/quiet-connections.ts';
import { eventually } from '../../../support/eventually.ts';

const answerBytes = 16 * 1024 * 1024;
const ask = 'GET / HTTP/1.1\r\nhost: gateway\r\n\r\n';
let server: Server;

async function serve(
  listener: RequestListener,
): Promise<{ client: Socket; got: () => number; closed: Promise<unknown> }> {
  server = createServer({ keepAliveTimeout: 60_000 }, listener);
  closeWhenQuiet(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(client, 'connect');
  let bytes = 0;
  client.on('data', (chunk) => (bytes += chunk.length));
  return { client, got: () => bytes, closed: once(client, 'close') };
}

afterEach(() => {
  server.closeAllConnections();
});

describe('a server that closes', () => {
  test('lets an answer leave whole that is on its way out', async () => {
    let answered = false;
    const { client, got, closed } = await serve((_request, response) => {
      response.end(Buffer.alloc(answerBytes));
      answered = true;
    });
    client.pause();
    client.write(ask);
    await eventually('it is answered', () => answered || undefined);
    const done = once(server, 'close');
    server.close();
    client.resume();
    await closed;
    expect(got()).toBeGreaterThan(answerBytes);
    await done;
  });

  test('ends a connection at once on which nothing is under way', async () => {
    const { client, got, closed } = await serve((_request, response) => response.end('done'));
    client.write(ask);
    await eventually('it is answered', () => got() > 0 || undefined);
    server.close();
    await closed;
  });

  test('ends a connection with its answer, also one whose headers promised to keep it', async () => {
    let finish = (): void => undefined;
    const { client, got, closed } = await serve((_request, response) => {
      response.flushHeaders();
      finish = () => response.end('done');
    });
    client.write(ask);
    await eventually('its stream is open', () => got() > 0 || undefined);
    const done = once(server, 'close');
    server.close();
    finish();
    await closed;
    await done;
  });
});
