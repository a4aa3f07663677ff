const byteaOid = 17;
const textOid = 25;
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
  const out = openArray(byteaOid, elements, size);
  let at = headerBytes;
  for (const element of elements) {
    at = out.writeInt32BE(element?.length ?? nullLength, at);
    if (element === null) continue;
    out.set(element, at);
    at += element.length;
  }
  return out;
}

/** The same for `text[]`, whose elements node-postgres would search for quotes, one by one. */
export function textArray(elements: readonly (string | null)[]): Buffer {
  const size = elements.reduce((sum, element) => sum + lengthBytes + Buffer.byteLength(element ?? ''), headerBytes);
  const out = openArray(textOid, elements, size);
  let at = headerBytes;
  for (const element of elements) {
    const lengthAt = at;
    at += lengthBytes;
    if (element !== null) at += out.write(element, at);
    out.writeInt32BE(element === null ? nullLength : at - lengthAt - lengthBytes, lengthAt);
  }
  return out;
}

function openArray(elementType: number, elements: readonly unknown[], size: number): Buffer {
  const out = Buffer.allocUnsafe(size);
  out.writeInt32BE(1, 0);
  out.writeInt32BE(elements.includes(null) ? 1 : 0, 4);
  out.writeInt32BE(elementType, 8);
  out.writeInt32BE(elements.length, 12);
  out.writeInt32BE(1, 16);
  return out;
}
