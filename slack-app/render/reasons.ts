import type { ApprovalRequest } from '../../workflows/contract/approval.ts';
import type { RuleExplanation } from '../../workflows/contract/explanation.ts';
import { fitText, revealLine } from './safe-text.ts';

const does = { block: 'blocks it', require_approval: 'asks for approval', allow: 'allows it' } as const;
const wouldDo = {
  block: 'would block it',
  require_approval: 'would ask for approval',
  allow: 'would allow it',
} as const;

/** PURE. What each rule had to do with the call, a line each; none for cases that do not say. */
export function reasonsOf({ explanation = [] }: ApprovalRequest, charsMax: number): string[] {
  return explanation.map((rule) => fitText(revealLine(reasonOf(rule)), charsMax).text);
}

/** PURE. As many whole lines as there is room for, and one that says where the rest of them stands. */
export function fewReasons(lines: readonly string[], charsMax: number, elsewhere: string): string[] {
  const kept: string[] = [];
  let chars = 0;
  for (const line of lines) {
    chars += line.length;
    if (chars > charsMax) break;
    kept.push(line);
  }
  const left = lines.length - kept.length;
  return left === 0 ? kept : [...kept, `${left} more: see ${elsewhere}.`];
}

/** PURE. Joins lines into texts of at most `charsMax`, which none of the lines exceeds. */
export function joinLines(lines: readonly string[], charsMax: number): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last === undefined || last.length + 1 + line.length > charsMax) texts.push(line);
    else texts[texts.length - 1] = `${last}\n${line}`;
  }
  return texts;
}

function reasonOf({ id, decision, mode, fitting, mismatch }: RuleExplanation): string {
  if (mismatch !== undefined) return `${id} ${wouldDo[decision]}, but ${mismatch}.`;
  const because = fitting.length === 0 ? 'it speaks of every call' : fitting.join('; ');
  if (mode === 'shadow') return `${id} (shadow, decides nothing) ${wouldDo[decision]}: ${because}.`;
  return `${id} ${does[decision]}: ${because}.`;
}
