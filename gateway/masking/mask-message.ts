import type { MaskedMessage } from '../call.ts';
import type { ForwardedMessage } from '../forward/forward-call.ts';
import type { Masker } from './masker.ts';

/** JSON is masked leaf by leaf; an upstream's other answers (an HTML error page) as text. Throws MaskingFailed. */
export function maskMessage(masker: Masker, message: ForwardedMessage): MaskedMessage & ForwardedMessage {
  if (message.text === '') return { ...message, bytes: Buffer.alloc(0), hits: [] };
  const type = message.headers['content-type'] ?? '';
  if (message.event !== undefined || /^application\/json/i.test(type)) {
    const { bytes, hits } = masker.maskJson(Buffer.from(message.text));
    return { ...message, bytes, hits };
  }
  const { text, hits } = masker.maskText(message.text);
  return { ...message, bytes: Buffer.from(text), hits };
}
