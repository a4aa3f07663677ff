import type { InputHit } from '../masking/masker.ts';
import { markerOf } from '../masking/spans.ts';

/** JSON up to this size is masked field by field; a longer input is masked as running text, window by window. */
const windowUnits = 8 * 1024 * 1024;
/** No secret that the rules know is longer, so that one that begins before a cut is seen whole. */
const lookAheadUnits = 128 * 1024;
/** What names a value may stand so far before it, and is read again. */
const lookBackUnits = 4096;

/** Masks like `createEvaluator` of masker.ts. */
type Evaluate = (text: string) => { readonly masked: string; readonly hits: readonly InputHit[] };

/** Masks text of any length in bounded memory. Bytes that are not UTF-8 become U+FFFD. */
export async function* maskStream(
  input: AsyncIterable<Uint8Array>,
  evaluate: Evaluate,
  units: number = windowUnits,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let buffer = '';
  let written = 0;
  for await (const chunk of input) {
    buffer += decoder.decode(chunk, { stream: true });
    while (buffer.length - written > units + lookAheadUnits) {
      const window = buffer.slice(0, written + units + lookAheadUnits);
      const { hits } = evaluate(window);
      const cut = cutBefore(window, written + units, written, hits);
      yield maskedSlice(window, written, cut, hits);
      const kept = Math.max(0, cut - lookBackUnits);
      buffer = buffer.slice(kept);
      written = cut - kept;
    }
  }
  buffer += decoder.decode();
  const { masked, hits } = evaluate(buffer);
  yield written === 0 ? masked : maskedSlice(buffer, written, buffer.length, hits);
}

/** The end of a line where there is one, and never inside a hit. */
function cutBefore(text: string, limit: number, from: number, hits: readonly InputHit[]): number {
  const lineEnd = text.lastIndexOf('\n', limit - 1) + 1;
  const cut = lineEnd > from ? lineEnd : limit;
  const across = hits.find(({ offset, length }) => offset < cut && offset + length > cut);
  if (across === undefined) return cut;
  return across.offset > from ? across.offset : across.offset + across.length;
}

/** The part of a text between two offsets, masked; of a hit that began before, the rest is masked too. */
function maskedSlice(text: string, from: number, to: number, hits: readonly InputHit[]): string {
  const parts: string[] = [];
  let done = from;
  for (const { offset, length, entity } of hits) {
    if (offset + length <= from || offset >= to) continue;
    parts.push(text.slice(done, Math.max(done, offset)), markerOf(entity));
    done = offset + length;
  }
  parts.push(text.slice(done, to));
  return parts.join('');
}
