import type { KnownCall } from '../call.ts';
import type { ForwardedMessage } from '../forward/forward-call.ts';
import { screenOffer, type OfferParts } from './offers/offers.ts';
import { screenRequest, type RequestParts } from './requests/requests.ts';

export interface ScreenParts extends OfferParts, RequestParts {}

/**
 * What a server offers and what it asks of the caller, before it is masked. Returns the message as it may go on, the
 * very same object when nothing had to change, or undefined when it is not for the caller.
 *
 * `call` is the one that the message answers or accompanies; on a session's own stream it is the session's.
 */
export async function screen(
  parts: ScreenParts,
  call: KnownCall,
  message: ForwardedMessage,
): Promise<ForwardedMessage | undefined> {
  const asked = await screenRequest(parts, call, message);
  return asked === undefined ? undefined : screenOffer(parts, call, asked);
}
