import type { Json, RequestId } from '../../workflows/contract/call.ts';

/** The message was well-formed JSON, and the protocol itself says how to refuse it. */
export class ProtocolRefusal extends Error {
  readonly status: number;
  readonly body: Json;

  constructor(status: number, code: number, message: string, id: RequestId | null, data?: unknown) {
    super(message);
    this.status = status;
    this.body = { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data: data as Json }) } };
  }
}
