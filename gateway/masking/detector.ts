import { createHash } from 'node:crypto';
import { compileWords } from './aho-corasick.ts';
import { BudgetExceeded } from './budget.ts';
import { emailFinder } from './emails.ts';
import { fold } from './fold.ts';
import { ipv6Finder } from './ipv6.ts';
import { keyValueFinder } from './key-values.ts';
import { knownBytesFinder, knownForms, knownSecretFinders } from './known-secrets.ts';
import { kubernetesYamlFinder } from './kubernetes-yaml.ts';
import { findNumbers } from './numbers.ts';
import { openTokenFinder } from './open-tokens.ts';
import { privateKeyFinder } from './private-keys.ts';
import { cloudRules } from './rules/cloud.ts';
import { codeHostRules } from './rules/code-hosts.ts';
import { credentialRules } from './rules/credentials.ts';
import type { Rule } from './rules/rule.ts';
import { serviceRules } from './rules/services.ts';
import { nameAnchors } from './secret-names.ts';
import { isMarker, uniteSpans, type Finder, type Span } from './spans.ts';

/** Raised when the behaviour of a finder changes without its anchors changing, so that evidence tells them apart. */
const findersVersion = 3;
const attemptsFreeCount = 20_000;
const unitsPerFurtherAttempt = 16;

const rules: readonly Rule[] = [...codeHostRules, ...cloudRules, ...serviceRules, ...credentialRules];
const findOpenToken = openTokenFinder(rules);
const finders: readonly Finder[] = [privateKeyFinder, kubernetesYamlFinder, emailFinder, ipv6Finder, keyValueFinder];

export interface Detector {
  /** Everything to mask in one text, in order and without overlaps. `topic`: words of the field's name. */
  detect(text: string, topic?: string): Span[];
  /** Whether the whole text is a known secret. */
  isKnown(text: string): boolean;
  /** Whether a binary holds a known secret as it is. */
  holdsKnown(bytes: Buffer): boolean;
  /** The token of known form that a text ends in and that the next text may go on with. */
  openToken(text: string): Span | undefined;
  /** SHA-256 of the rules, hex. Known secrets are no part of it. */
  readonly digest: string;
}

export function createDetector(knownSecrets: readonly string[]): Detector {
  const known = knownForms(knownSecrets);
  const all = [...knownSecretFinders(known), ...finders];
  const words = [...rules, ...all].flatMap(({ anchors }, owner) => anchors.map((anchor) => ({ anchor, owner })));
  const scanner = compileWords(words.map(({ anchor }) => anchor));

  const collect = (text: string, topic: string): Span[] => {
    const spans: Span[] = [];
    const add = (span: Span): void => void spans.push(span);
    let attempts: Attempts | undefined;
    const opened: ((start: number, end: number) => void)[] = [];
    scanner.scan(text, (index, end) => {
      const word = words[index];
      if (word === undefined) return;
      const start = end - word.anchor.length;
      const rule = rules[word.owner];
      if (rule !== undefined) return (attempts ??= new Attempts(text, add)).apply(rule, word.owner, start);
      const finder = word.owner - rules.length;
      const run = (opened[finder] ??= all[finder]?.open(text, add) ?? ignore);
      run(start, end);
    });
    findNumbers(text, topic, add);
    return spans.filter((span) => !isMarker(text.slice(span.start, span.end)));
  };

  return {
    digest: rulesDigest(),
    isKnown: (text) => known.has(text),
    holdsKnown: knownBytesFinder(knownSecrets),
    openToken: findOpenToken,
    detect(text, topic = '') {
      const folded = fold(text);
      const spans = collect(text, topic);
      if (folded === undefined) return spans.length === 0 ? spans : uniteSpans(spans);
      for (const span of collect(folded.text, topic)) {
        const start = folded.starts[span.start] ?? 0;
        spans.push({ ...span, start, end: folded.ends[span.end - 1] ?? text.length });
      }
      return uniteSpans(spans);
    },
  };
}

function ignore(): void {
  // A word whose owner does not exist has nothing to run.
}

/** Runs the rules over one text. A rule is not tried again inside its own match, and only so often without success. */
class Attempts {
  readonly #text: string;
  readonly #add: (span: Span) => void;
  readonly #failuresMax: number;
  readonly #ends = new Int32Array(rules.length);
  readonly #failures = new Int32Array(rules.length);

  constructor(text: string, add: (span: Span) => void) {
    this.#text = text;
    this.#add = add;
    this.#failuresMax = attemptsFreeCount + text.length / unitsPerFurtherAttempt;
  }

  apply(rule: Rule, index: number, anchor: number): void {
    if (anchor < (this.#ends[index] ?? 0)) return;
    for (const before of rule.before ?? [0]) {
      const start = anchor - before;
      if (start < 0 || (rule.inWord !== true && !startsWord(this.#text, start))) continue;
      rule.pattern.lastIndex = start;
      const match = rule.pattern.exec(this.#text);
      const from = start + (rule.context === true ? (match?.[1]?.length ?? 0) : 0);
      const end = start + (match?.[0].length ?? 0);
      if (match !== null && (rule.validate?.(this.#text.slice(from, end)) ?? true)) {
        this.#ends[index] = end;
        this.#add({ start: from, end, entity: rule.entity, rule: rule.id, priority: rule.priority });
        return;
      }
      const failures = (this.#failures[index] ?? 0) + 1;
      this.#failures[index] = failures;
      if (failures > this.#failuresMax) throw new BudgetExceeded(`rule ${rule.id} ran too often on one text`);
    }
  }
}

/** No word character before, unless that is the tail of an escape: `\nAKIA…` in source, `%3Dghp_…` in a URL. */
function startsWord(text: string, start: number): boolean {
  if (!/[A-Za-z0-9_]/.test(text.charAt(start - 1))) return true;
  if (text[start - 2] === '\\') return /[nrt]/.test(text.charAt(start - 1));
  return text[start - 3] === '%' && /^[0-9A-Fa-f]{2}$/.test(text.slice(start - 2, start));
}

function rulesDigest(): string {
  const hash = createHash('sha256').update(`finders ${findersVersion}\n${nameAnchors.join(' ')}\n`);
  for (const { id, entity, anchors, pattern, priority } of rules) {
    hash.update(`${JSON.stringify([id, entity, anchors, pattern.source, pattern.flags, priority])}\n`);
  }
  return hash.digest('hex');
}
