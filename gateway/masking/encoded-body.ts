/** Reads as text, whatever the bytes are; a body of such a type that cannot be read is withheld. */
const textTypes =
  /^(?:text\/.*|application\/(?:json|xml|yaml|x-yaml|toml|javascript|x-javascript|ecmascript|typescript|graphql|sql|x-sh|x-httpd-php|x-www-form-urlencoded|x-ndjson|ndjson|jsonl|x-pem-file|pem-certificate-chain|pkcs8|csv|rtf|dotenv)|.*\+(?:json|xml|yaml))$/;
const singleByteCharsets = /^(?:us-ascii|ascii|iso-8859-1|iso8859-1|latin1|windows-1252|cp1252)$/;
const utf16Charsets = /^utf-?16(?:le|be)?$/;
const sampleBytes = 512;
/** Of the high bytes of a sample, so many are zero where a text in a Latin script is written in UTF-16. */
const zeroShareMin = 0.4;

/** A body that is text, and the way back to bytes. */
export interface BodyText {
  readonly text: string;
  encode(text: string): Buffer;
}

export function isTextType(mediaType: string): boolean {
  return textTypes.test(typeName(mediaType));
}

/** The type without its parameters, lower case. */
export function typeName(mediaType: string): string {
  return (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** RFC 4648 base64 or base64url, with or without padding and line breaks. Undefined for anything else. */
export function readBase64(written: string): Buffer | undefined {
  const bytes = Buffer.from(written, 'base64');
  if (bytes.length === decodedBytes(written)) return bytes;
  if (!/[\r\n]/.test(written)) return undefined;
  return bytes.length === decodedBytes(written.replaceAll(/[\r\n]+/g, '')) ? bytes : undefined;
}

/** Node skips what is no base64; then fewer bytes come out than the digits promise. */
function decodedBytes(digits: string): number {
  let length = digits.length;
  while (length > 0 && digits.length - length < 2 && digits[length - 1] === '=') length--;
  return Math.floor((length * 3) / 4);
}

/** Base64 in the alphabet that the body came in. */
export function writeBase64(bytes: Buffer, like: string): string {
  if (!/[-_]/.test(like)) return bytes.toString('base64');
  const written = bytes.toString('base64url');
  return like.endsWith('=') ? written.padEnd(Math.ceil(written.length / 4) * 4, '=') : written;
}

/**
 * UTF-8 and UTF-16 are recognized by the bytes, whatever is declared; single-byte charsets must be declared, since any
 * bytes could be one. Undefined: this is no text.
 */
export function readText(bytes: Buffer, mediaType: string, isUtf8: boolean): BodyText | undefined {
  const charset = /;\s*charset="?([\w-]+)/i.exec(mediaType)?.[1]?.toLowerCase() ?? '';
  const wide = utf16Order(bytes, charset);
  if (wide !== undefined) return wide === 'le' ? littleEndian(bytes) : bigEndian(bytes);
  if (isUtf8) return { text: bytes.toString('utf8'), encode: (text) => Buffer.from(text) };
  if (!isTextType(mediaType) || !singleByteCharsets.test(charset)) return undefined;
  return { text: bytes.toString('latin1'), encode: (text) => Buffer.from(text, 'latin1') };
}

function utf16Order(bytes: Buffer, charset: string): 'le' | 'be' | undefined {
  if (bytes.length < 2) return undefined;
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'le';
  if (first === 0xfe && second === 0xff) return 'be';
  if (utf16Charsets.test(charset)) return charset.endsWith('le') ? 'le' : 'be';
  let even = 0;
  let odd = 0;
  const sampled = Math.min(bytes.length, sampleBytes) & ~1;
  for (let at = 0; at < sampled; at += 2) {
    if (bytes[at] === 0) even++;
    if (bytes[at + 1] === 0) odd++;
  }
  const enough = (sampled / 2) * zeroShareMin;
  if (odd >= enough && even === 0) return 'le';
  return even >= enough && odd === 0 ? 'be' : undefined;
}

/** A last odd byte is kept, though it is no character. */
function littleEndian(bytes: Buffer): BodyText {
  const rest = bytes.subarray(bytes.length & ~1);
  return {
    text: bytes.toString('utf16le'),
    encode: (text) => Buffer.concat([Buffer.from(text, 'utf16le'), rest]),
  };
}

function bigEndian(bytes: Buffer): BodyText {
  const even = bytes.length & ~1;
  const rest = bytes.subarray(even);
  const swapped = Buffer.from(bytes.subarray(0, even)).swap16();
  return {
    text: swapped.toString('utf16le'),
    encode: (text) => Buffer.concat([Buffer.from(text, 'utf16le').swap16(), rest]),
  };
}
