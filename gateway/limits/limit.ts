import type { Caller } from '../../workflows/contract/call.ts';
import { canonicalText } from '../../workflows/evidence/canonical.ts';
import type { LimitFile } from '../config/limit-schema.ts';
import type { JudgeInput } from '../policy/judge-input.ts';
import { claimMatchers } from '../policy/matchers/claims.ts';
import type { ForRule } from '../policy/matchers/matcher.ts';
import { nameMatchers } from '../policy/matchers/names.ts';
import type { Rate } from './rate-window.ts';

/** One limit, ready to be asked. Times in milliseconds. */
export interface Limit {
  readonly id: string;
  readonly per: LimitFile['per'];
  readonly rate: Rate | undefined;
  readonly concurrent: number | undefined;
  readonly budget: { readonly calls: number; readonly answerBytes: number } | undefined;
  readonly openApprovals: number | undefined;
  readonly reason: string | undefined;
  /** What it counts and how, as text: a limit that is loaded again unchanged goes on counting. */
  readonly key: string;
  readonly fits: (input: JudgeInput) => boolean;
}

const restricts: ForRule = { decision: 'block', reading: 'generous' };
/** No matcher of a limit asks for the time. */
const anyTime = new Date(0);

export function compileLimit(file: LimitFile): Limit {
  const { id, match, per, rate, concurrent, budget, openApprovals, reason } = file;
  const matchers = [...nameMatchers(match, restricts), ...claimMatchers(match, restricts)];
  return {
    id,
    per,
    rate: rate === undefined ? undefined : { calls: rate.calls, withinMs: rate.within, burst: rate.burst },
    concurrent,
    budget:
      budget === undefined
        ? undefined
        : { calls: budget.calls ?? Infinity, answerBytes: budget.answerBytes ?? Infinity },
    openApprovals: openApprovals === 'unlimited' ? Infinity : openApprovals,
    reason,
    key: canonicalText({ id, match, per, rate: rate ?? null, concurrent: concurrent ?? null, budget: budget ?? null }),
    fits: (input) => matchers.every((matcher) => matcher.fits(input)),
  };
}

/** What of a call limits look at. */
interface LimitedCall {
  readonly connection: { readonly name: string };
  readonly method: string;
  readonly tool: string | undefined;
  readonly caller: Caller;
}

/** PURE. What limits ask of a call; its arguments are none of theirs. */
export function inputOf({ connection, method, tool, caller }: LimitedCall): JudgeInput {
  const named = tool === undefined ? {} : { tool };
  return { connection: connection.name, method, caller, args: undefined, at: anyTime, ...named };
}
