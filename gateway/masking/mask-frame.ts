import type { MaskedMessage } from '../call.ts';
import type { ForwardedMessage } from '../forward/forward-call.ts';
import { MaskingFailed, type MaskHit, type Masker } from './masker.ts';

/** What nearly every event has beside its data. */
const plainFrames = new Set(['', 'event: message', 'event:message']);
/** A comment, or a field that no client knows. */
const strayLine = /^(?!(?:event|id|retry)(?::|$)).+/m;
const strayHit: MaskHit = { entity: 'field', rule: 'field_mask', pointer: '', offset: 0, length: 0 };

/**
 * Looks at what stands beside an event's data: clients skip comments and fields they do not know, and people can read
 * them. A hit there has the event written anew without them. An id that holds a secret cannot be altered, because the
 * client must send it back. `isStrict`: the caller may not see all fields, so nothing passes there unsearched. Throws
 * MaskingFailed.
 */
export function maskFrame<M extends MaskedMessage & ForwardedMessage>(
  masker: Masker,
  message: M,
  isStrict: boolean,
): M {
  const { event } = message;
  if (event === undefined || plainFrames.has(event.frame)) return message;
  const { hits } = masker.maskText(event.frame);
  const hidden = isStrict && strayLine.test(event.frame) ? [strayHit] : [];
  if (hits.length + hidden.length === 0) return message;
  const kept = `${event.id ?? ''}\n${event.event ?? ''}`;
  if (masker.maskText(kept).hits.length > 0) {
    throw new MaskingFailed('A secret stands in the id or name of an event, which must not be altered.');
  }
  return { ...message, hits: [...message.hits, ...hits, ...hidden] };
}
