import type { Json } from '../../../workflows/contract/call.ts';
import type { KnownCall } from '../../call.ts';
import { GatewayError } from '../../errors.ts';
import { retryAfterSeconds } from '../../record/outage.ts';
import { ProtocolRefusal } from '../../receive/protocol-refusal.ts';
import { withMembers } from '../../with-members.ts';
import { ScreeningFailed } from '../screening-failed.ts';
import { isObject } from '../../receive/is-object.ts';
import { headerMismatch } from './tool-headers.ts';
import { isToolCall, type ConnectionPins, type ToolPins } from './tool-pins.ts';

const HEADER_MISMATCH = -32_020;

/**
 * Adds to a call what is known of its tool. Refuses a modern call whose `Mcp-Param-*` headers disagree with its
 * arguments (400). Throws EVIDENCE_UNAVAILABLE when nothing can be known: a changed tool would pass for the old one.
 */
export async function knowTool(pins: ToolPins, call: KnownCall): Promise<KnownCall> {
  const { connection, tool } = call;
  if (!isToolCall(call) || tool === undefined) return call;
  const pin = (await read(pins, connection.name)).pins.get(tool);
  if (pin === undefined) return call;
  if (call.era === 'modern') {
    const expected = pins.paramHeadersOf(connection.name, tool);
    const mismatch = headerMismatch(expected, argumentsOf(call.params), call.headers);
    if (mismatch !== undefined) {
      throw new ProtocolRefusal(400, HEADER_MISMATCH, `Headers and body disagree: ${mismatch}.`, call.id ?? null);
    }
  }
  return withMembers(call, { pin });
}

async function read(pins: ToolPins, connection: string): Promise<ConnectionPins> {
  try {
    return await pins.of(connection);
  } catch (error) {
    if (!(error instanceof ScreeningFailed)) throw error;
    throw new GatewayError('EVIDENCE_UNAVAILABLE', { headers: { 'retry-after': retryAfterSeconds }, cause: error });
  }
}

function argumentsOf(params: Json | undefined): Json | undefined {
  return isObject(params) ? params['arguments'] : undefined;
}
