import type { Json } from '../../workflows/contract/call.ts';
import type { JudgedCall, KnownCall } from '../call.ts';
import type { Config } from '../config/config.ts';
import { connectionOf } from '../config/derived.ts';
import { purposeRefusal } from '../purpose/refuse.ts';
import type { Refusal } from '../release/refusal.ts';
import { commandOf } from './commands/read-command.ts';
import { explainHold } from './explain.ts';
import type { Judgement } from './judge.ts';
import { ownReasons, withOwnReasons } from './own-rules.ts';
import { judgeMessage } from './targets.ts';
import { annotationsOf } from './annotations.ts';
import { withMembers } from '../with-members.ts';

/** Judges one message under the policy in force now. An answer to the server's own request needs no rule. */
export function judgeCall(config: Config, received: KnownCall, at: Date): JudgedCall {
  const { policyDigest } = config;
  const call = overConnectionOf(config, received);
  if (call === undefined) return withMembers(received, { judgement: noConnection, policyDigest });
  if (isAboutOwnTask(call)) return withMembers(call, { judgement: { verdict: 'own', ruleIds: [] }, policyDigest });
  if (call.kind === 'response')
    return withMembers(call, { judgement: { verdict: 'allow', ruleIds: [] }, policyDigest });
  const { connection, method, tool, uri, caller } = call;
  const args = argumentsOf(call);
  const command = method === 'tools/call' ? commandOf(connection, tool, args) : undefined;
  const annotations = annotationsOf(connection, call.pin);
  const input = {
    connection: connection.name,
    method,
    caller,
    args,
    at,
    ...(tool === undefined ? {} : { tool }),
    ...(uri === undefined ? {} : { uri }),
    ...(command === undefined ? {} : { command }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(call.purpose === undefined ? {} : { purpose: call.purpose }),
  };
  const { policy } = config;
  const reasons = ownReasons(input, call.pin?.accepted === false);
  const judgement = withOwnReasons(policy, judgeMessage(policy, input, call.params), reasons);
  const told = command === undefined ? {} : { command };
  if (judgement.verdict !== 'hold') return withMembers(call, { judgement, policyDigest, ...told });
  return withMembers(call, { judgement, policyDigest, ...told, explanation: explainHold(policy, input, reasons) });
}

const noConnection: Judgement = {
  verdict: 'block',
  ruleIds: [],
  reason: 'Its connection is not configured any more.',
};

/** One version judges: what a connection says of its tools is taken from where the rules are. Undefined: it has none. */
function overConnectionOf(config: Config, call: KnownCall): KnownCall | undefined {
  const connection = connectionOf(config, call.connection.name);
  if (connection === call.connection) return call;
  return connection === undefined ? undefined : withMembers(call, { connection });
}

function argumentsOf({ params }: KnownCall) {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return undefined;
  return (params as { readonly arguments?: Json }).arguments;
}

/** Ids of our tasks are those of approvals; a server's own tasks are its business. */
function isAboutOwnTask({ kind, method, params }: KnownCall): boolean {
  if (kind !== 'request' || !method.startsWith('tasks/')) return false;
  if (typeof params !== 'object' || params === null || !('taskId' in params)) return false;
  return typeof params['taskId'] === 'string' && params['taskId'].startsWith('apr_');
}

/** What a blocked caller reads: which call, which rule, and the rule's own words. */
export function blockRefusal(call: JudgedCall): Refusal | undefined {
  const { judgement } = call;
  if (judgement.verdict !== 'block') return undefined;
  const what = `${call.connection.name}.${call.tool ?? call.method}`;
  if (judgement.lacks !== undefined) {
    return purposeRefusal(call, judgement.reason, judgement.lacks, judgement.ruleIds[0]);
  }
  const sentence = `Blocked: policy does not allow ${what}. ${judgement.reason}`;
  const rule = judgement.ruleIds[0] === undefined ? {} : { rule: judgement.ruleIds[0] };
  return { code: 'blocked', callId: call.callId, sentence, reason: judgement.reason, ...rule };
}
