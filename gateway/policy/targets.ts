import type { Json } from '../../workflows/contract/call.ts';
import { judge, withShadow, type Judgement } from './judge.ts';
import type { JudgeInput } from './judge-input.ts';
import { isApprovable } from './methods.ts';
import { guardPrivacy } from './privacy.ts';
import type { Policy } from './rule.ts';

/** Each is judged twice, so this bounds the time of one message. */
const subscriptionsMax = 1_000;

/**
 * PURE. Judges a message together with what it reaches through its parameters. A completion is judged like the prompt
 * or resource it completes, and by the rules that restrict completions. Who listens to a resource must be allowed to
 * subscribe to it and to read it. What an approval could not be bound to is blocked where it would be held.
 */
export function judgeMessage(policy: Policy, input: JudgeInput, params: Json | undefined): Judgement {
  return guardPrivacy(policy, input, judgeTargets(policy, input, params));
}

function judgeTargets(policy: Policy, input: JudgeInput, params: Json | undefined): Judgement {
  switch (input.method) {
    case 'completion/complete':
      return blockUnapprovable(input.method, judgeCompletion(policy, input));
    case 'subscriptions/listen':
      return blockUnapprovable(input.method, judgeSubscriptions(policy, input, params));
    default:
      return blockUnapprovable(input.method, judge(policy, input));
  }
}

/** PURE. Whether somebody may read a resource, be it with an approval. */
export function mayRead(policy: Policy, who: Pick<JudgeInput, 'connection' | 'caller' | 'at'>, uri: string): boolean {
  return judge(policy, { ...who, method: 'resources/read', uri, args: undefined }).verdict !== 'block';
}

function judgeCompletion(policy: Policy, input: JudgeInput): Judgement {
  const own = judge(policy, input);
  if (own.verdict !== 'allow' && own.ruleIds.length > 0) return own;
  const { tool, uri, ...rest } = input;
  const prompt = tool === undefined ? [] : [judge(policy, { ...rest, tool, method: 'prompts/get' })];
  const resource = uri === undefined ? [] : [judge(policy, { ...rest, uri, method: 'resources/read' })];
  // A reference names one of them; of one that names both, nobody knows which its server takes.
  const targets = [...prompt, ...resource];
  const judgement = targets.find(({ verdict }) => verdict !== 'allow') ?? targets[0] ?? own;
  return seenIn([own, ...targets], judgement);
}

/** Rules in shadow mode are told of whichever of several judgements decides. */
function seenIn(all: readonly Judgement[], judgement: Judgement): Judgement {
  return withShadow(
    judgement,
    all.flatMap(({ shadow = [] }) => shadow),
  );
}

function judgeSubscriptions(policy: Policy, input: JudgeInput, params: Json | undefined): Judgement {
  const uris = subscribedUris(params);
  if (uris === undefined || uris.length > subscriptionsMax) {
    const reason = `It must name at most ${subscriptionsMax} resources, as texts.`;
    return { verdict: 'block', ruleIds: [], reason };
  }
  const all: Judgement[] = [];
  for (const uri of uris) {
    for (const method of ['resources/subscribe', 'resources/read']) {
      const judgement = judge(policy, { ...input, method, uri });
      all.push(judgement);
      if (judgement.verdict !== 'allow') return seenIn(all, judgement);
    }
  }
  return seenIn(all, judge(policy, input));
}

/** `notifications.resourceSubscriptions` (MCP 2026-07-28, basic/patterns/subscriptions); undefined if it is no list of texts. */
function subscribedUris(params: Json | undefined): readonly string[] | undefined {
  const { resourceSubscriptions: uris } = objectOf(objectOf(params)['notifications']);
  if (uris === undefined) return [];
  return Array.isArray(uris) && uris.every((uri) => typeof uri === 'string') ? uris : undefined;
}

function objectOf(value: Json | undefined): Readonly<Record<string, Json>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return value as Readonly<Record<string, Json>>;
}

function blockUnapprovable(method: string, judgement: Judgement): Judgement {
  if (judgement.verdict !== 'hold' || isApprovable(method)) return judgement;
  const { ruleIds, shadow } = judgement;
  const reason = `It needs approval, and ${method} cannot be held for one.`;
  return withShadow({ verdict: 'block', ruleIds, reason }, shadow);
}
