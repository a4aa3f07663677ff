import { Server } from 'node:net';

/**
 * Runs `@modelcontextprotocol/server-everything` over Streamable HTTP on PORT. The package listens on all interfaces
 * and has no authentication, so a listen without a host is turned to loopback before it is loaded.
 */
const port = Number(process.env['PORT']);
if (!Number.isInteger(port) || port <= 0) throw new Error('Set PORT to the port the server shall listen on.');
const onLoopback: ProxyHandler<(...args: unknown[]) => Server> = {
  apply: (listen, server, args) => {
    const onListening = args.find((arg) => typeof arg === 'function');
    return Reflect.apply(listen, server, [{ port, host: '127.0.0.1' }, onListening]);
  },
};
Reflect.set(Server.prototype, 'listen', new Proxy(Reflect.get(Server.prototype, 'listen'), onLoopback));
process.argv[2] = 'streamableHttp';
await import(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
