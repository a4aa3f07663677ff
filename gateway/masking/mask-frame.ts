import type { MaskedMessage } from '../call.ts';
import type { ForwardedMessage } from '../forward/forward-call.ts';
import { MaskingFailed, type Masker } from './masker.ts';

/** What nearly every event has beside its data. */
const plainFrames = new Set(['', 'event: message', 'event:message']);

/**
 * Looks at what stands beside an event's data: clients skip comments and fields they do not know, and people can read
 * them. A hit there has the event written anew without them. An id that holds a secret cannot be altered, because the
 * client must send it back. Throws MaskingFailed.
 */
export function maskFrame<M extends MaskedMessage & ForwardedMessage>(masker: Masker, message: M): M {
  const { event } = message;
  if (event === undefined || plainFrames.has(event.frame)) return message;
  const { hits } = masker.maskText(event.frame);
  if (hits.length === 0) return message;
  const kept = `${event.id ?? ''}\n${event.event ?? ''}`;
  if (masker.maskText(kept).hits.length > 0) {
    throw new MaskingFailed('A secret stands in the id or name of an event, which must not be altered.');
  }
  return { ...message, hits: [...message.hits, ...hits] };
}
