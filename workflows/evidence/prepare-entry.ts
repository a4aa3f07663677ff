import type { EntryDraft } from '../contract/entry.ts';
import { EntryRefused } from './append-errors.ts';
import type { SealedBody } from './body.ts';
import { canonicalBytes, sha256 } from './canonical.ts';
import { hashLeaf } from './merkle.ts';
import type { RandomBytes } from './seal.ts';

/** Callers draft entries of the contract's kinds; a log's own last entry is the ledger's to write. */
export type LedgerDraft = Omit<EntryDraft, 'body'>;

/** An entry as it will be stored. It does not depend on its place, so all hashing is done before the log is locked. */
export interface PreparedEntry {
  readonly id: string;
  readonly draft: LedgerDraft;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly instance: string;
  /** Canonical JSON; the evidence itself. */
  readonly bytes: Buffer;
  readonly leaf: Buffer;
  /** Digest of the draft's `once` key: keys may be long and may hold what a text column cannot. */
  readonly once: Buffer | undefined;
  readonly body: SealedBody | undefined;
}

export interface EntryStamp {
  readonly instance: string;
  readonly at: Date;
  readonly random: RandomBytes;
}

const entryVersion = 1;
const entryBytesMax = 16 * 1024;

/** Throws `EntryRefused` for facts that are no I-JSON or too large. */
export function prepareEntry(draft: LedgerDraft, stamp: EntryStamp, body?: SealedBody): PreparedEntry {
  const id = uuidV7(stamp.at.getTime(), stamp.random);
  const at = stamp.at.toISOString();
  const { once, ...told } = draft;
  const described =
    body === undefined
      ? undefined
      : { commitment: body.commitment.toString('hex'), mediaType: body.mediaType, bytes: body.size };
  const bytes = encodeEntry(
    { ...told, v: entryVersion, id, at, instance: stamp.instance, body: described },
    draft.kind,
  );
  return {
    id,
    draft,
    at,
    instance: stamp.instance,
    bytes,
    leaf: hashLeaf(bytes),
    once: once === undefined ? undefined : sha256(Buffer.from(once, 'utf8')),
    body,
  };
}

function encodeEntry(entry: object, kind: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = canonicalBytes(entry);
  } catch (cause) {
    throw new EntryRefused(`A ${kind} entry has no canonical form. Leave out what JSON cannot hold.`, { cause });
  }
  if (bytes.length > entryBytesMax) {
    throw new EntryRefused(
      `A ${kind} entry has ${bytes.length} of at most ${entryBytesMax} bytes. Put more in its body.`,
    );
  }
  return bytes;
}

/** RFC 9562 section 5.7: 48 bits of milliseconds, then random bits. */
export function uuidV7(unixMs: number, random: RandomBytes): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(unixMs, 0, 6);
  random(10).copy(bytes, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
