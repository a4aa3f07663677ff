import type { Json } from '../../workflows/contract/call.ts';
import type { BodyDraft } from '../../workflows/contract/entry.ts';
import type { KnownCall } from '../call.ts';
import type { Masker } from '../masking/masker.ts';
import type { Purpose } from '../policy/judge-input.ts';

/** What an entry says of a call's purpose in clear: who claims it and how, and its code. Its words are in its body. */
export function purposeFacts({ purpose, removed }: KnownCall): Record<string, Json> {
  return {
    ...(purpose === undefined ? {} : { purpose: publicPart(purpose) }),
    // What was for the gateway alone was not forwarded; the body is the message as it came.
    ...(removed === undefined ? {} : { removed }),
  };
}

/** A header stands for all that its client sends, whatever it is about. */
function publicPart({ code, source, claimedBy }: Purpose): Json {
  return {
    claimedBy,
    ...(code === undefined ? {} : { code }),
    ...(source === 'header' ? { scope: 'connection' } : {}),
    source,
  };
}

/** The words, masked, to be kept encrypted beside the entry that commits to them: a purpose may name people. */
export function purposeBody(masker: Masker, { text, ticket }: Purpose): BodyDraft {
  const words = JSON.stringify({ reason: text, ...(ticket === undefined ? {} : { ticket }) });
  return { bytes: masker.maskJson(Buffer.from(words)).bytes, mediaType: 'application/json' };
}

/** The words as people other than the caller may read them. */
export function maskedPurpose(masker: Masker, purpose: Purpose) {
  const { text, ticket, source, claimedBy, code } = purpose;
  const words = ticket === undefined || ticket === text ? text : `${text} (${ticket})`;
  return { text: masker.maskText(words).text, source, claimedBy, ...(code === undefined ? {} : { code }) };
}
