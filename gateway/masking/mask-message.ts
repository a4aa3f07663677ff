import type { MaskedMessage } from '../call.ts';
import type { ForwardedMessage } from '../forward/forward-call.ts';
import { isMessageEvent } from '../forward/sse.ts';
import { withMembers } from '../with-members.ts';
import { maskFrame } from './mask-frame.ts';
import type { FieldMask } from './fields/field-mask.ts';
import type { Masker } from './masker.ts';
import type { Seam } from './stream-seam.ts';

/**
 * JSON is masked leaf by leaf; an upstream's other answers (an HTML error page) as text. `seam` belongs to the call, or
 * to the stream of a session. Throws MaskingFailed.
 */
export function maskMessage(
  masker: Masker,
  message: ForwardedMessage,
  seam?: Seam,
  fields?: FieldMask,
): MaskedMessage & ForwardedMessage {
  return maskFrame(masker, maskData(masker, message, seam, fields), fields !== undefined);
}

function maskData(
  masker: Masker,
  message: ForwardedMessage,
  seam: Seam | undefined,
  fields: FieldMask | undefined,
): MaskedMessage & ForwardedMessage {
  if (message.text === '') return withMembers(message, { bytes: Buffer.alloc(0), hits: [] });
  const type = message.headers['content-type'] ?? '';
  const isMessage = message.event !== undefined && isMessageEvent(message.event);
  if (isMessage || /^application\/json/i.test(type)) {
    const { bytes, hits, binaries } = masker.maskJson(Buffer.from(message.text), seam, fields);
    return withMembers(message, { bytes, hits, binaries });
  }
  const { text, hits } = masker.maskText(message.text, fields);
  return withMembers(message, { bytes: Buffer.from(text), hits });
}
