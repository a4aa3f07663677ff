/** `<prefix>_<uuidv7>` (RFC 9562 section 5.7): sorts by the time it was made. */
export function newId(prefix: string, now: Date, randomBytes: (size: number) => Buffer): string {
  const bytes = Buffer.from(randomBytes(16));
  bytes.writeUIntBE(now.getTime(), 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `${prefix}_${groups.join('-')}`;
}
