import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Reply } from '../../../../gateway/release/reply.ts';
import { eventually } from '../../../support/eventually.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A reply to a real request, and the socket that it is written to. */
async function openReply(
  options: { stallMsMax?: number } = {},
): Promise<{ reply: Reply; socket: Socket; read: () => string }> {
  let take: (response: ServerResponse) => void = () => undefined;
  const taken = new Promise<ServerResponse>((resolve) => {
    take = resolve;
  });
  const server = createServer((_request, response) => take(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let got = '';
  socket.on('data', (chunk: Buffer) => (got += chunk.toString('utf8')));
  socket.on('error', () => undefined);
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
  closing.push(() => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { reply: new Reply(await taken, options), socket, read: () => got };
}

const answer = { status: 200, headers: { 'content-type': 'application/json' }, bytes: Buffer.from('{"id":1}') };
const large = 'x'.repeat(8 * 1024 * 1024);

describe('a reply', () => {
  test('is written once, and knows that it was taken', async () => {
    const { reply, read } = await openReply();
    expect(await reply.finish(answer)).toBe(true);
    expect(await reply.finish(answer)).toBe(false);
    await eventually('it arrives', () => (read().endsWith('{"id":1}') ? true : undefined));
  });

  test('that is over swallows what still comes, and fails at nothing', async () => {
    const { reply, read } = await openReply();
    reply.openStream();
    await reply.finish(answer);
    await reply.writeRaw('late');
    await reply.comment('late');
    await reply.sendMessage('{"late":1}');
    reply.end();
    await eventually('it arrives', () => (read().includes('"id":1') ? true : undefined));
    expect(read()).not.toContain('late');
    expect(reply.gone.aborted).toBe(false);
  });

  test('whose stream was opened ends with a message, even when the answer is empty', async () => {
    const { reply, read } = await openReply();
    reply.requestId = 'a-1';
    reply.openStream();
    await reply.finish({ status: 204, headers: {}, bytes: Buffer.alloc(0) });
    await eventually('it arrives', () => (read().includes('"id":"a-1","error"') ? true : undefined));
  });

  test('waits for a slow reader, and gives it no further comments meanwhile', async () => {
    const { reply, socket, read } = await openReply();
    reply.openStream();
    socket.pause();
    let written = false;
    const writing = reply.writeRaw(large).then(() => (written = true));
    for (let i = 0; i < 100; i += 1) await reply.comment('still here');
    expect(written).toBe(false);
    socket.resume();
    await writing;
    expect(read().includes('still here')).toBe(false);
    await reply.comment('still here');
    await eventually('it arrives', () => (read().includes(': still here') ? true : undefined));
  });

  test('to a caller that reads nothing any more is cut off, and the caller is gone', async () => {
    const { reply, socket } = await openReply({ stallMsMax: 100 });
    reply.openStream();
    socket.pause();
    await reply.writeRaw(large);
    expect(reply.gone.aborted).toBe(true);
    expect(await reply.finish(answer)).toBe(false);
  });

  test('to a caller that has left is not taken', async () => {
    const { reply, socket } = await openReply();
    reply.openStream();
    socket.destroy();
    await eventually('it is noticed', () => (reply.gone.aborted ? true : undefined));
    await reply.writeRaw(large);
    expect(await reply.finish(answer)).toBe(false);
  });
});
