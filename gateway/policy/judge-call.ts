import type { Json } from '../../workflows/contract/call.ts';
import type { JudgedCall, KnownCall } from '../call.ts';
import type { Config } from '../config/config.ts';
import type { Refusal } from '../release/refusals.ts';
import { judge } from './judge.ts';

/** Judges one message under the policy in force now. An answer to the server's own request needs no rule. */
export function judgeCall(config: Config, call: KnownCall): JudgedCall {
  const { policyDigest } = config;
  if (call.kind === 'response') return { ...call, judgement: { verdict: 'allow', ruleIds: [] }, policyDigest };
  const { connection, method, tool, uri, caller } = call;
  const judgement = judge(config.policy, {
    connection: connection.name,
    method,
    caller,
    args: argumentsOf(call),
    ...(tool === undefined ? {} : { tool }),
    ...(uri === undefined ? {} : { uri }),
  });
  return { ...call, judgement, policyDigest };
}

function argumentsOf({ params }: KnownCall) {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return undefined;
  return (params as { readonly arguments?: Json }).arguments;
}

/** What a blocked caller reads: which call, which rule, and the rule's own words. */
export function blockRefusal(call: JudgedCall): Refusal | undefined {
  const { judgement } = call;
  if (judgement.verdict !== 'block') return undefined;
  const what = `${call.connection.name}.${call.tool ?? call.method}`;
  const sentence = `Blocked: policy does not allow ${what}. ${judgement.reason}`;
  const rule = judgement.ruleIds[0] === undefined ? {} : { rule: judgement.ruleIds[0] };
  return { code: 'blocked', callId: call.callId, sentence, reason: judgement.reason, ...rule };
}
