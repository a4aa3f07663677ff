import type { KnownCall } from '../call.ts';
import { mcpSessionId, type Sessions } from '../receive/sessions.ts';

/** A server that answers 404 has ended the session, or lost it: its client initializes again (MCP, transports). */
export async function endIfGone(sessions: Sessions, call: KnownCall, status: number): Promise<void> {
  const session = call.era === 'legacy' ? mcpSessionId(call.headers) : undefined;
  if (status === 404 && session !== undefined) await sessions.end(call.connection.name, session);
}
