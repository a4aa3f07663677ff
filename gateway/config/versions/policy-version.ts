import { hash } from 'node:crypto';
import { createMasker } from '../../masking/masker.ts';
import { policyDocument, type PolicyParts } from './policy-document.ts';

/** One version of the policy, by its content. */
export interface PolicyVersion {
  /** SHA-256 of the document, hex. */
  readonly digest: string;
  /** Canonical JSON, masked: it can be shown and kept. */
  readonly document: string;
  readonly author: PolicyAuthor;
  readonly sources: readonly PolicySource[];
}

/** Who a version is by. Files say it themselves, by `author:`; of others only the owner is known. */
export interface PolicyAuthor {
  readonly name: string;
  readonly is: 'author' | 'file owner';
}

/** A file that was read for a version. */
export interface PolicySource {
  readonly file: string;
  /** Of its text, hex. */
  readonly sha256: string;
  readonly owner: string;
}

/** PURE but for the throw of MaskingFailed. */
export function policyVersionOf(parts: PolicyParts, sources: readonly PolicySource[]): PolicyVersion {
  const document = policyDocument(parts);
  return { digest: hash('sha256', document, 'hex'), document, author: authorOf(parts, sources), sources };
}

function authorOf({ files, knownSecrets }: PolicyParts, sources: readonly PolicySource[]): PolicyAuthor {
  const said = files.find(({ author }) => author !== undefined)?.author;
  if (said !== undefined) return { name: withoutSecrets(said, knownSecrets), is: 'author' };
  return { name: [...new Set(sources.map(({ owner }) => owner))].toSorted().join(', '), is: 'file owner' };
}

/** An address names an author as it names an approver; anything else that a mask finds was put there by mistake. */
function withoutSecrets(name: string, knownSecrets: readonly string[]): string {
  const masked = createMasker({ knownSecrets }).maskText(name);
  return masked.hits.every(({ entity }) => entity === 'email') ? name : masked.text;
}
