import { entropy } from '../validators.ts';

/** One detector: at each appearance of an anchor the pattern is tried, and nowhere else. */
export interface Rule {
  readonly id: string;
  /** What the marker names. */
  readonly entity: string;
  /** Without regard to ASCII case; the pattern decides about case. */
  readonly anchors: readonly string[];
  /** Sticky, and bounded in every quantifier: an attempt costs at most its maximal length. */
  readonly pattern: RegExp;
  /** How many units before the anchor the pattern begins; each is tried. Only 0 when left out. */
  readonly before?: readonly number[];
  /** Group 1 is context that stays; the secret is what follows it. */
  readonly context?: boolean;
  /** The match may follow a letter or digit directly. */
  readonly inWord?: boolean;
  readonly validate?: (secret: string) => boolean;
  /** Of overlapping spans the higher one names the marker. */
  readonly priority: number;
}

export const priorities = { known: 100, structural: 80, validated: 70, prefixed: 60, keyed: 40, contact: 30 } as const;

const minTokenEntropyBits = 2.2;

/** A provider's token, known by its prefix. The pattern's right edge is closed against further word characters. */
export function token(id: string, anchors: readonly string[], source: string, extra: Partial<Rule> = {}): Rule {
  const pattern = new RegExp(`(?:${source})(?![A-Za-z0-9_])`, 'y');
  return { id, entity: id, anchors, pattern, priority: priorities.prefixed, validate: notFiller, ...extra };
}

/** Documentation writes tokens as `ghp_xxxxxxxx`; a real one is not so even. */
function notFiller(secret: string): boolean {
  return entropy(secret) >= minTokenEntropyBits && !/(?:x{8}|X{8}|\*{4}|\.{3})/.test(secret);
}
