import type { RecordedRequest } from '../../../workflows/evidence/read-requests.ts';
import type { Config } from '../../config/config.ts';
import type { RuleFile } from '../../config/rule-schema.ts';
import { isObject } from '../../receive/is-object.ts';
import type { Judgement } from '../judge.ts';
import { ownReasons, withOwnReasons } from '../own-rules.ts';
import { applies, compileRule, type Rule } from '../rule.ts';
import { rulesFor } from '../rule-index.ts';
import { judgeMessage } from '../targets.ts';
import { readRecorded, type RecordedCall } from './recorded-call.ts';
import { withoutUnknowns, type Unknowns } from './unknowns.ts';

/** What a call comes to: its verdict and, if people have to approve, who. */
export interface Verdict {
  readonly verdict: string;
  readonly ruleIds: readonly string[];
  readonly approval?: { readonly groups: readonly string[]; readonly quorum: number; readonly expiresAfterMs: number };
}

export type ReplayedCall =
  | { readonly kind: 'same' }
  /** `rules`: those that make the difference, or did. */
  | { readonly kind: 'changed'; readonly before: Verdict; readonly after: Verdict; readonly rules: readonly string[] }
  /** Rules whose answer hangs on what the ledger does not hold. */
  | { readonly kind: 'undecidable'; readonly before: Verdict; readonly rules: readonly string[] }
  /** Nothing that policy decided, or nothing that it could decide now. */
  | { readonly kind: 'skipped'; readonly why: string };

const byDefault = 'the default';
/** The gateway decided by itself. */
const notOfPolicy = ['countersign.limited', 'countersign.paused'];
/** A completion or a subscription is judged by what it reaches, several times over. */
const manifold = new Set(['completion/complete', 'subscriptions/listen']);
const signaturesMax = 1_000;

/** Tries one policy on one recorded call after the other. */
export function createReplay(config: Config, files: readonly RuleFile[]): (request: RecordedRequest) => ReplayedCall {
  const connections = new Map(config.connections.map((connection) => [connection.name, connection]));
  const reducedBy = createReducer(config.policy.rules, files);
  return (request) => {
    const before = verdictOf(request);
    if (before.verdict === 'own') return { kind: 'skipped', why: 'about a task of the gateway itself' };
    if (before.ruleIds.some((id) => notOfPolicy.some((own) => id.startsWith(own)))) {
      return { kind: 'skipped', why: 'turned away by a limit or a pause' };
    }
    const connection = connections.get(request.connection);
    if (connection === undefined) return { kind: 'skipped', why: 'on a connection that these files do not have' };
    const call = readRecorded(request, connection);
    return compare(before, judgeRecorded(config, call, reducedBy(call.unknowns)));
  };
}

/** Rules that ask for something that is unknown, each with what else it asks. */
type Doubtful = ReadonlyMap<Rule, Rule>;

function createReducer(rules: readonly Rule[], files: readonly RuleFile[]): (unknowns: Unknowns) => Doubtful {
  const byId = new Map(files.map((file) => [file.id, file]));
  const known = new Map<string, Doubtful>();
  return (unknowns) => {
    const signature = JSON.stringify(unknowns);
    const found = known.get(signature);
    if (found !== undefined) return found;
    const doubtful = new Map<Rule, Rule>();
    for (const rule of rules) {
      const file = byId.get(rule.id);
      if (file === undefined) continue;
      const reduced = withoutUnknowns(file, unknowns);
      if (reduced !== file) doubtful.set(rule, compileRule(reduced, rule.approval));
    }
    if (known.size >= signaturesMax) known.clear();
    known.set(signature, doubtful);
    return doubtful;
  };
}

/** What the call comes to, and what it would come to with each rule that nobody knows of whether it applies. */
interface Outlook {
  readonly certain: Judgement;
  readonly perhaps: readonly (readonly [string, Judgement])[];
}

function judgeRecorded({ policy }: Config, call: RecordedCall, doubtful: Doubtful): Outlook {
  const { input, params, toolChanged, unknowns } = call;
  const reasons = ownReasons(input, toolChanged);
  const judgeBy = (rules: readonly Rule[]): Judgement =>
    withOwnReasons(policy, judgeMessage({ ...policy, rules }, input, params), reasons);
  const possible = [...doubtful].filter(([, reduced]) => manifold.has(input.method) || applies(reduced, input));
  const classed = unknowns.groups && policy.dataClasses?.has(input.connection) === true;
  if (possible.length === 0 && !classed && unknowns.command !== 'all') {
    const certain = withOwnReasons(policy, judgeMessage(policy, input, params), reasons);
    return { certain, perhaps: [] };
  }
  // What applies is asked for once, and judged together with each that may apply.
  const rest = manifold.has(input.method)
    ? policy.rules.filter((rule) => !doubtful.has(rule))
    : rulesFor(policy.rules, input).filter((rule) => !doubtful.has(rule) && applies(rule, input));
  const certain = judgeBy(rest);
  const others = possible.map(([rule, reduced]): readonly [string, Judgement] => {
    const always = { ...rule, matchers: reduced.matchers, narrowed: reduced.narrowed };
    return [rule.id, judgeBy([...rest, always])];
  });
  const unread = { id: 'countersign.command-unread', reason: '', clause: '' };
  const perhaps = [
    ...others,
    ...(unknowns.command === 'all' ? [[unread.id, withOwnReasons(policy, certain, [unread])] as const] : []),
    ...(classed
      ? [['countersign.data-class', { ...certain, verdict: 'block', reason: '' } as Judgement] as const]
      : []),
  ];
  return { certain, perhaps };
}

function compare(before: Verdict, { certain, perhaps }: Outlook): ReplayedCall {
  const after = toVerdict(certain);
  const doubts = perhaps.filter(([, judgement]) => !isSame(toVerdict(judgement), after));
  if (doubts.length > 0) return { kind: 'undecidable', before, rules: doubts.map(([id]) => id) };
  if (isSame(before, after)) return { kind: 'same' };
  return { kind: 'changed', before, after, rules: responsible(before, after) };
}

/** Approvals of entries that do not tell them are not compared. */
function isSame(a: Verdict, b: Verdict): boolean {
  if (a.verdict !== b.verdict) return false;
  return (
    a.approval === undefined || b.approval === undefined || JSON.stringify(a.approval) === JSON.stringify(b.approval)
  );
}

/** Rules that decide now and did not, else those that do so no longer. */
function responsible(before: Verdict, after: Verdict): readonly string[] {
  const came = after.ruleIds.filter((id) => !before.ruleIds.includes(id));
  if (came.length > 0) return came;
  const went = before.ruleIds.filter((id) => !after.ruleIds.includes(id));
  if (went.length > 0) return went;
  return after.ruleIds.length > 0 ? after.ruleIds : [byDefault];
}

function verdictOf({ outcome, facts }: RecordedRequest): Verdict {
  const { ruleIds, approval } = facts;
  const ids = Array.isArray(ruleIds) ? ruleIds.map(String) : [];
  if (!isObject(approval)) return { verdict: outcome, ruleIds: ids };
  const { groups, quorum, expiresAfterMs } = approval as unknown as NonNullable<Verdict['approval']>;
  return { verdict: outcome, ruleIds: ids, approval: { groups, quorum, expiresAfterMs } };
}

function toVerdict(judgement: Judgement): Verdict {
  const { verdict, ruleIds } = judgement;
  if (verdict !== 'hold') return { verdict, ruleIds };
  const { groups, quorum, expiresAfterMs } = judgement.approval;
  return { verdict, ruleIds, approval: { groups: groups.map(({ name }) => name), quorum, expiresAfterMs } };
}
