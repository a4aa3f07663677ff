import type { Json } from '../../workflows/contract/call.ts';
import type { CallerHeaders } from '../call.ts';
import type { PurposesFile } from '../config/privacy-schema.ts';
import { compileGlobs } from '../policy/glob.ts';
import type { Purpose } from '../policy/judge-input.ts';
import { isObject } from '../receive/is-object.ts';

/** Where a call says why it is made (design, evidence, section 4). Other keys of `_meta` are none of our business. */
export const REASON_META_KEY = 'dev.countersign/reason';
export const TICKET_META_KEY = 'dev.countersign/ticket';
/** Lower case, as Node gives it. Callers write `Evidence-Reason`. */
const REASON_HEADER = 'evidence-reason';

/** A purpose stands on a card; a longer text is none. In UTF-16 units. */
export const reasonCharsMax = 1_000;
const headerBytesMax = 512;

/** What somebody wrote, wherever they wrote it. */
export interface Statement {
  readonly reason: unknown;
  readonly ticket?: unknown;
  /** One of the codes, where a form asked for it by itself. */
  readonly code?: unknown;
}

/**
 * PURE. Why a call is made, by its own words: `_meta` first, then the header, then what an injected argument said. What
 * is no text, is empty or is too long says nothing, and the next place is looked at.
 */
export function readPurpose(
  call: { readonly params: Json | undefined; readonly headers: CallerHeaders },
  argument: unknown,
  codes: PurposesFile,
): Purpose | undefined {
  const meta = isObject(call.params) && isObject(call.params['_meta']) ? call.params['_meta'] : {};
  return (
    purposeOf({ reason: meta[REASON_META_KEY], ticket: meta[TICKET_META_KEY] }, 'meta', codes) ??
    purposeOf({ reason: decoded(call.headers[REASON_HEADER]) }, 'header', codes) ??
    purposeOf({ reason: argument }, 'argument', codes)
  );
}

/** PURE. Undefined when the statement holds neither a reason nor a ticket. */
export function purposeOf(
  { reason, ticket, code }: Statement,
  source: Purpose['source'],
  codes: PurposesFile,
): Purpose | undefined {
  const words = textOf(reason);
  const number = textOf(ticket);
  if (words === undefined && number === undefined) return undefined;
  const named = codeIn(words ?? '', codes);
  const known =
    (typeof code === 'string' && Object.hasOwn(codes, code) ? code : undefined) ??
    named?.code ??
    codeOfTicket([number, words], codes);
  return {
    ...(known === undefined ? {} : { code: known }),
    text: named?.rest ?? words ?? number ?? '',
    ...(number === undefined ? {} : { ticket: number }),
    source,
    claimedBy: source === 'elicitation' ? 'human' : 'agent',
  };
}

/** `incident: the queue grows` names a code and says more; `incident` names it. Case does not matter. */
function codeIn(words: string, codes: PurposesFile): { readonly code: string; readonly rest: string } | undefined {
  const [, word = '', rest = ''] = /^([a-z0-9-]{1,63})\s*(?::\s*(.*))?$/is.exec(words) ?? [];
  const code = word.toLowerCase();
  if (!Object.hasOwn(codes, code)) return undefined;
  return { code, rest: rest === '' ? words : rest };
}

function codeOfTicket(texts: readonly (string | undefined)[], codes: PurposesFile): string | undefined {
  return Object.entries(codes).find(([, { ticket }]) => {
    if (ticket === undefined) return false;
    const fits = compileGlobs([ticket].flat(), 'exact');
    return texts.some((text) => text !== undefined && fits(text));
  })?.[0];
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' || text.length > reasonCharsMax || !text.isWellFormed() ? undefined : text;
}

/** Percent-encoded UTF-8, for header values have no other letters than those of ASCII. */
function decoded(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string' || Buffer.byteLength(header) > headerBytesMax) return undefined;
  try {
    return decodeURIComponent(header);
  } catch {
    return undefined;
  }
}
