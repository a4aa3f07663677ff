import type { Era } from '../call.ts';
import { isObject } from './is-object.ts';

/** Revisions whose every message this gateway knows how to police. One it has not heard of is refused, not guessed. */
const policedRevisions: Readonly<Record<Era, readonly string[]>> = {
  legacy: ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'],
  modern: ['2026-07-28'],
};

/** MCP 2026-07-28, basic: UnsupportedProtocolVersion, with `data.supported` and `data.requested`. */
export const unsupportedRevisionCode = -32022;
/** How a legacy handshake fails over versions (MCP 2025-11-25, basic/lifecycle). */
const invalidParamsCode = -32602;

export function policedRevisionsOf(era: Era): readonly string[] {
  return policedRevisions[era];
}

function isPoliced(revision: string): boolean {
  return policedRevisions.legacy.includes(revision) || policedRevisions.modern.includes(revision);
}

/**
 * Caps what a server offers in a negotiation to what this gateway can police: the result of `initialize` and of
 * `server/discover`, and the `supported` of an error −32022. Returns the very same text when nothing had to go.
 */
export function capNegotiation(method: string, text: string): string {
  const negotiates =
    method === 'initialize' || method === 'server/discover' || text.includes(`${unsupportedRevisionCode}`);
  if (!negotiates) return text;
  const message = parsed(text);
  if (message === undefined) return text;
  const { result, error } = message;
  if (method === 'initialize' && isObject(result)) {
    const chosen = result['protocolVersion'];
    if (typeof chosen !== 'string' || policedRevisions.legacy.includes(chosen)) return text;
    return JSON.stringify({ jsonrpc: '2.0', id: message['id'], error: refusal(chosen) });
  }
  if (method === 'server/discover' && isObject(result)) {
    const supportedVersions = policedOf(result['supportedVersions']);
    return supportedVersions === undefined
      ? text
      : JSON.stringify({ ...message, result: { ...result, supportedVersions } });
  }
  if (!isObject(error) || error['code'] !== unsupportedRevisionCode || !isObject(error['data'])) return text;
  const supported = policedOf(error['data']['supported']);
  if (supported === undefined) return text;
  return JSON.stringify({ ...message, error: { ...error, data: { ...error['data'], supported } } });
}

function refusal(chosen: string) {
  return {
    code: invalidParamsCode,
    message: 'Unsupported protocol version: the server chose one that this gateway does not know.',
    data: { supported: policedRevisions.legacy, requested: chosen },
  };
}

/** Undefined when every one of them is policed. */
function policedOf(offered: unknown): unknown[] | undefined {
  if (!Array.isArray(offered)) return undefined;
  const kept = offered.filter((revision) => typeof revision === 'string' && isPoliced(revision));
  return kept.length === offered.length ? undefined : kept;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
