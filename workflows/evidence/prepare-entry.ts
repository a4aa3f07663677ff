import type { EntryDraft } from '../contract/entry.ts';
import { EntryRefused } from './append-errors.ts';
import type { SealedBody } from './body.ts';
import { canonicalBytes, sha256 } from './canonical.ts';
import { hashLeaf } from './merkle.ts';
import type { RandomBytes } from './seal.ts';
import { uuidV7 } from './uuid.ts';

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
  const { instance } = stamp;
  const { once } = draft;
  const bytes = encodeEntry(draft, { id, at, instance }, body);
  return {
    id,
    draft,
    at,
    instance,
    bytes,
    leaf: hashLeaf(bytes),
    once: once === undefined ? undefined : sha256(Buffer.from(once, 'utf8')),
    body,
  };
}

/** Members stand in the order of their canonical form, which is then written fastest. */
function encodeEntry(
  { approvalId, callId, connection, facts, kind, outcome, principal, sessionId, tool }: LedgerDraft,
  { id, at, instance }: Pick<PreparedEntry, 'id' | 'at' | 'instance'>,
  sealed: SealedBody | undefined,
): Buffer {
  const body = sealed && {
    bytes: sealed.size,
    commitment: sealed.commitment.toString('hex'),
    mediaType: sealed.mediaType,
  };
  // One literal: an object put together of others is slower to read than all of its hashing.
  const entry = {
    approvalId,
    at,
    body,
    callId,
    connection,
    facts,
    id,
    instance,
    kind,
    outcome,
    principal,
    sessionId,
    tool,
    v: entryVersion,
  };
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
