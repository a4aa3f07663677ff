import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Makes `server.close()` end a connection as soon as nothing is under way on it, and not before. Node's own way also
 * destroys those whose answer has been handed over and is still leaving, which cuts a large one off in the middle; and
 * a connection whose last answer began before the server was closed would be kept alive until it times out.
 */
export function closeWhenQuiet(server: Server): void {
  const underWay = new Map<Socket, number>();
  let closing = false;
  server.on('connection', (socket) => {
    underWay.set(socket, 0);
    socket.once('close', () => underWay.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (underWay.get(socket) ?? 1) - 1;
      if (underWay.has(socket)) underWay.set(socket, left);
      if (closing && left === 0) socket.destroySoon();
    });
  });
  // Called by `server.close()` once it takes no connections any more.
  server.closeIdleConnections = () => {
    closing = true;
    for (const [socket, count] of underWay) if (count === 0) socket.destroy();
  };
}
