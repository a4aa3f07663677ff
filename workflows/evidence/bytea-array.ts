const byteaOid = 17;
const headerBytes = 20;
const lengthBytes = 4;
const nullLength = -1;

/**
 * Encodes a `bytea[]` parameter in PostgreSQL's binary array format (array_recv in its source): dimensions, whether
 * there are nulls, element type, size, lower bound, then each element behind its length. node-postgres sends a Buffer
 * as it is; an array of Buffers it would turn into hexadecimal text, at twice the size and most of the cost of a batch.
 */
export function byteaArray(elements: readonly (Uint8Array | null)[]): Buffer {
  const size = elements.reduce((sum, element) => sum + lengthBytes + (element?.length ?? 0), headerBytes);
  const out = Buffer.allocUnsafe(size);
  out.writeInt32BE(1, 0);
  out.writeInt32BE(elements.includes(null) ? 1 : 0, 4);
  out.writeInt32BE(byteaOid, 8);
  out.writeInt32BE(elements.length, 12);
  out.writeInt32BE(1, 16);
  let at = headerBytes;
  for (const element of elements) {
    out.writeInt32BE(element?.length ?? nullLength, at);
    at += lengthBytes;
    if (element === null) continue;
    out.set(element, at);
    at += element.length;
  }
  return out;
}
