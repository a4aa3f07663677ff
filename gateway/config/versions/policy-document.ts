import { hash } from 'node:crypto';
import type { Json } from '../../../workflows/contract/call.ts';
import { canonicalText } from '../../../workflows/evidence/canonical.ts';
import { createMasker } from '../../masking/masker.ts';
import { parserVersions } from '../../policy/commands/parsers.ts';
import { isJsonObject } from '../../receive/is-object.ts';
import type { RuleFile } from '../rule-schema.ts';
import type { ConfigFile } from '../schema.ts';

/** Sections that say where things are, or prove a policy, and judge no call. What is not named here is policy. */
const noPolicy: ReadonlySet<string> = new Set<keyof ConfigFile>([
  'author',
  'connections',
  'issuers',
  'operators',
  // Their rules are among the others.
  'packs',
  'publicUrl',
  'rules',
  'slack',
  'tests',
]);
/** Settings of a connection that carry calls and do not judge them. */
const carriage: ReadonlySet<string> = new Set<keyof ConfigFile['connections'][number]>([
  'clientsWait',
  'describeApproval',
  'name',
  'pendingAfter',
  'timeout',
  'upstream',
]);
/** Enough to tell values apart, by whoever knows them. */
const markHexMax = 32;

export interface PolicyParts {
  readonly files: readonly ConfigFile[];
  /** All rules, by id. */
  readonly rules: readonly RuleFile[];
  readonly detectorsDigest: string;
  /** The gateway's own credentials, which a document must not show either. */
  readonly knownSecrets: readonly string[];
}

/**
 * PURE. Everything that judges a call, as canonical JSON: rules, defaults, approvers, what connections say of their
 * tools, and who reads commands and finds secrets. Its SHA-256 is the digest of the policy. It can be shown: what a mask
 * finds in it, approvers' addresses too, stands there masked with the first half of its SHA-256 in hex, so that two
 * values never look alike. Throws MaskingFailed.
 */
export function policyDocument({ files, rules, detectorsDigest, knownSecrets }: PolicyParts): string {
  const document = {
    ...mergedSections(files),
    connections: judgingSettings(files),
    detectors: detectorsDigest,
    parsers: parserVersions,
    rules,
  };
  const text = canonicalText(document);
  const masked = createMasker({ knownSecrets }).maskJson(Buffer.from(text));
  if (!masked.changed) return text;
  return canonicalText(markMasked(JSON.parse(text) as Json, JSON.parse(masked.bytes.toString('utf8')) as Json));
}

/** A setting that stands in several files is one list or one map over all of them. */
function mergedSections(files: readonly ConfigFile[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const [section, value] of files.flatMap((file) => Object.entries(file))) {
    if (noPolicy.has(section)) continue;
    const before = merged[section];
    if (before === undefined || value === undefined) merged[section] = value ?? before;
    else if (Array.isArray(before)) merged[section] = [...before, ...(value as unknown[])];
    else if (typeof before === 'object') merged[section] = { ...before, ...(value as object) };
    else merged[section] = value;
  }
  return Object.fromEntries(Object.entries(merged).map(([section, value]) => [section, inOrder(value)]));
}

/** What has an id is found by it, so its place says nothing, and neither does the file it stands in. */
function inOrder(value: unknown): unknown {
  if (!Array.isArray(value) || !value.every(hasId)) return value;
  return value.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function hasId(item: unknown): item is { readonly id: string } {
  return typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string';
}

function judgingSettings(files: readonly ConfigFile[]): Record<string, unknown> {
  return Object.fromEntries(
    files
      .flatMap(({ connections }) => connections)
      .map((connection) => [
        connection.name,
        Object.fromEntries(Object.entries(connection).filter(([setting]) => !carriage.has(setting))),
      ]),
  );
}

/** Both have the same shape: a mask replaces leaves and keys, one for one and in order. */
function markMasked(clear: Json, masked: Json): Json {
  if (Array.isArray(clear) && Array.isArray(masked)) {
    return clear.map((item, index) => markMasked(item as Json, masked[index] as Json));
  }
  if (isJsonObject(clear) && isJsonObject(masked)) {
    const shown = Object.entries(masked);
    return Object.fromEntries(
      Object.entries(clear).map(([key, value], index) => {
        const [shownKey, shownValue] = shown[index] ?? [key, null];
        return [key === shownKey ? key : mark(shownKey, key), markMasked(value, shownValue)];
      }),
    );
  }
  return clear === masked ? clear : mark(masked, clear);
}

function mark(masked: Json, clear: Json): string {
  const shown = typeof masked === 'string' ? masked : JSON.stringify(masked);
  const digest = hash('sha256', typeof clear === 'string' ? clear : JSON.stringify(clear), 'hex');
  return `${shown} sha256:${digest.slice(0, markHexMax)}`;
}
