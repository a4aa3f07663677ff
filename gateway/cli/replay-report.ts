import type { RecordedRequest } from '../../workflows/evidence/read-requests.ts';
import type { ReplayedCall, Verdict } from '../policy/replay/replay-call.ts';
import { printable } from './printable.ts';

/** As many lines wait to be put in order; of more calls, `--json` tells each as it comes. */
const linesMax = 10_000;

interface Group {
  count: number;
  readonly lines: string[];
}

/** What came of a replay, by the rules that make the difference. Takes no more memory however many calls there are. */
export class ReplayReport {
  readonly #changed = new Map<string, Group>();
  readonly #undecidable = new Map<string, Group>();
  readonly #moves = new Map<string, number>();
  readonly #skipped = new Map<string, number>();
  #lines = 0;
  judged = 0;
  changed = 0;
  undecidable = 0;

  add(request: RecordedRequest, replayed: ReplayedCall): void {
    if (replayed.kind === 'skipped') {
      count(this.#skipped, replayed.why);
      return;
    }
    this.judged += 1;
    if (replayed.kind === 'changed') {
      this.changed += 1;
      count(this.#moves, `${replayed.before.verdict} → ${replayed.after.verdict}`);
      const move = `${inWords(replayed.before, replayed.after)} → ${inWords(replayed.after, replayed.before)}`;
      this.#put(this.#changed, replayed.rules, `${lineOf(request)}  ${move}`);
    } else if (replayed.kind === 'undecidable') {
      this.undecidable += 1;
      this.#put(this.#undecidable, replayed.rules, `${lineOf(request)}  was ${replayed.before.verdict}`);
    }
  }

  get totals() {
    const byRule = (groups: ReadonlyMap<string, Group>) =>
      Object.fromEntries([...groups].map(([rule, group]) => [rule, group.count]));
    return {
      judged: this.judged,
      changed: this.changed,
      undecidable: this.undecidable,
      moves: Object.fromEntries(this.#moves),
      changedByRule: byRule(this.#changed),
      undecidableByRule: byRule(this.#undecidable),
      skipped: Object.fromEntries(this.#skipped),
    };
  }

  text(): string {
    const lines = [
      ...this.#section('changed by', this.#changed),
      ...this.#section('undecidable, since the ledger does not hold in clear what is asked for by', this.#undecidable),
      ...[...this.#skipped].map(([why, times]) => `left out: ${times} ${why}`),
      ...[...this.#moves].map(([move, times]) => `${move}: ${times}`),
      `${this.judged} calls judged, ${this.changed} changed, ${this.undecidable} undecidable`,
    ];
    return `${lines.join('\n')}\n`;
  }

  *#section(title: string, groups: ReadonlyMap<string, Group>): Iterable<string> {
    for (const [rule, { count: times, lines }] of [...groups].toSorted(([, a], [, b]) => b.count - a.count)) {
      yield `${title} ${rule}: ${times}`;
      yield* lines.map((line) => `  ${line}`);
      if (lines.length < times) yield `  … and ${times - lines.length} more; --json lists all of them`;
      yield '';
    }
  }

  /** A call is told once, under the first of its rules. */
  #put(groups: Map<string, Group>, [rule = '']: readonly string[], line: string): void {
    const group = groups.get(rule) ?? { count: 0, lines: [] };
    groups.set(rule, group);
    group.count += 1;
    if (this.#lines >= linesMax) return;
    this.#lines += 1;
    group.lines.push(line);
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function lineOf({ at, callId, connection, tool, method, principal }: RecordedRequest): string {
  const what = `${connection}.${tool ?? method}`;
  return `${at.toISOString()}  ${callId}  ${printable(what)}  by ${printable(principal)}`;
}

function inWords({ verdict, approval }: Verdict, other: Verdict): string {
  if (approval === undefined || other.verdict !== verdict) return verdict;
  return `${verdict} (${approval.quorum} of ${approval.groups.join(' and ')} in ${approval.expiresAfterMs / 60_000} min)`;
}
