/**
 * Everything that can keep a call from being answered by its server, as a closed list. HTTP 4xx stands for a message or
 * a token that is wrong; what policy, people or outages decide reaches callers as HTTP 200 (see `release/refusals.ts`).
 * Own JSON-RPC codes lie outside −32768…−32000, as the MCP specification asks of implementations.
 */
export interface ErrorAnswer {
  readonly status: number;
  readonly rpcCode: number;
  readonly says: string;
}

export const errorAnswers = {
  CONNECTION_UNKNOWN: { status: 404, rpcCode: -31404, says: 'There is no such connection on this gateway.' },
  APPROVAL_UNKNOWN: { status: 404, rpcCode: -31404, says: 'There is no such approval of yours.' },
  METHOD_NOT_ALLOWED: { status: 405, rpcCode: -31405, says: 'Use POST for messages; GET and DELETE need a session.' },
  NOT_ACCEPTABLE: {
    status: 406,
    rpcCode: -31406,
    says: 'The Accept header must list application/json and text/event-stream.',
  },
  MEDIA_TYPE: { status: 415, rpcCode: -31415, says: 'The content type must be application/json.' },
  BODY_TOO_LARGE: { status: 413, rpcCode: -31413, says: 'The message is larger than this gateway accepts.' },
  NOT_JSON: { status: 400, rpcCode: -32700, says: 'The body is not strict JSON (RFC 7493).' },
  NOT_JSON_RPC: { status: 400, rpcCode: -32600, says: 'The body is not one JSON-RPC 2.0 message.' },
  UNMASKABLE: {
    status: 400,
    rpcCode: -31400,
    says: 'The message holds a secret where it cannot be masked, so it was neither recorded nor sent.',
  },
  HOST_REFUSED: { status: 403, rpcCode: -31403, says: 'The Host header does not name this gateway.' },
  ORIGIN_REFUSED: { status: 403, rpcCode: -31403, says: 'The Origin of this request is not allowed.' },
  TOKEN_MISSING: { status: 401, rpcCode: -31401, says: 'Send an access token for this connection.' },
  TOKEN_INVALID: { status: 401, rpcCode: -31401, says: 'The access token was refused.' },
  SCOPE_INSUFFICIENT: { status: 403, rpcCode: -31403, says: 'The access token lacks a scope that this needs.' },
  SESSION_UNKNOWN: { status: 404, rpcCode: -31404, says: 'The session has ended or is not yours; initialize again.' },
  EVIDENCE_UNAVAILABLE: {
    status: 503,
    rpcCode: -31503,
    says: 'The ledger cannot record this call now, so it was not made. Try again shortly.',
  },
  ANSWER_UNRECORDED: {
    status: 503,
    rpcCode: -31505,
    says: 'The call was made, but its answer cannot be recorded now and is withheld.',
  },
  APPROVALS_UNAVAILABLE: {
    status: 200,
    rpcCode: -31504,
    says: 'The approval service cannot be reached, so the call was not made. Try again shortly.',
  },
  LIMITED: { status: 429, rpcCode: -31429, says: 'A limit of this gateway is reached; come back later.' },
  PAUSED: { status: 503, rpcCode: -31506, says: 'An operator has paused this; come back later.' },
  UPSTREAM_UNAVAILABLE: {
    status: 502,
    rpcCode: -31502,
    says: 'The MCP server behind this connection cannot be reached.',
  },
  INTERNAL: { status: 500, rpcCode: -31500, says: 'The gateway failed on this message; its operators can see why.' },
} as const satisfies Record<string, ErrorAnswer>;

export type ErrorCode = keyof typeof errorAnswers;

/** The only way out of the pipeline besides an answer. `detail` is for the caller and must hold nothing secret. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, options: { detail?: string; headers?: Record<string, string>; cause?: unknown } = {}) {
    const { says } = errorAnswers[code];
    super(options.detail === undefined ? says : `${says} (${options.detail})`, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }
}
