import type { MessageKind } from '../call.ts';
import type { Connection } from '../config/config.ts';

/** What a message asks of its token beyond being valid. `call` includes `read`. */
export type Access = 'none' | 'read' | 'call';

/** A client must be able to greet a server before it can learn which scopes it lacks. */
const greetings = new Set(['initialize', 'notifications/initialized', 'server/discover', 'ping']);

export function accessNeededFor(kind: MessageKind, method: string): Access {
  if (kind !== 'response' && greetings.has(method)) return 'none';
  return method === 'tools/call' ? 'call' : 'read';
}

/** `mcp:<connection>:read` or `mcp:<connection>:call`. */
export function scopeFor(connection: Connection, access: Exclude<Access, 'none'>): string {
  return `mcp:${connection.name}:${access}`;
}

/** Whether a token with these scopes may do it. A connection that ignores scopes asks for none. */
export function hasAccess(connection: Connection, access: Access, scopes: readonly string[]): boolean {
  if (connection.scopes === 'ignored' || access === 'none') return true;
  return scopes.includes(scopeFor(connection, 'call')) || scopes.includes(scopeFor(connection, access));
}
