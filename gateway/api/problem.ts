import { STATUS_CODES } from 'node:http';
import { errorAnswers, type ErrorCode, type GatewayError } from '../errors.ts';

/** Why the API refuses, beyond what the gateway's own errors say. */
export const apiErrors = {
  OPERATORS_ONLY: { status: 403, says: 'Only members of the operators of this gateway may do this.' },
  TOOL_UNKNOWN: { status: 404, says: 'No such tool has been seen on this connection.' },
  DEFINITION_UNKNOWN: { status: 404, says: 'The tool has never been seen with this definition. List it again.' },
  POLICY_UNKNOWN: { status: 404, says: 'No version of the policy with this digest was ever in force here.' },
  BODY_INVALID: { status: 400, says: 'The body must be JSON as the API describes it.' },
  QUERY_INVALID: { status: 400, says: 'The query must be as the API describes it.' },
  NOT_FOUND: { status: 404, says: 'There is no such address in this API.' },
} as const satisfies Record<string, { readonly status: number; readonly says: string }>;

export class ApiError extends Error {
  readonly code: keyof typeof apiErrors;

  /** `detail` is for the caller and must hold nothing secret. */
  constructor(code: keyof typeof apiErrors, detail?: string) {
    const { says } = apiErrors[code];
    super(detail === undefined ? says : `${says} (${detail})`);
    this.code = code;
  }
}

/** Problem details (RFC 9457). `code` is stable and for programs; `detail` is a sentence for people. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode | keyof typeof apiErrors;
}

export function problemOf(error: ApiError | GatewayError): Problem {
  const { status } = error instanceof ApiError ? apiErrors[error.code] : errorAnswers[error.code];
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail: error.message, code: error.code };
}
