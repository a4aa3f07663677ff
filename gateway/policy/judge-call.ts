import type { Json } from '../../workflows/contract/call.ts';
import type { JudgedCall, KnownCall } from '../call.ts';
import type { Config } from '../config/config.ts';
import type { Refusal } from '../release/refusals.ts';
import type { Act } from './commands/command.ts';
import { commandOf } from './commands/read-command.ts';
import { atLeastHold } from './judge.ts';
import { judgeMessage } from './targets.ts';
import { withMembers } from '../with-members.ts';

/** Names in refusals, on cards and in the record that no rule of the policy asked, but the gateway itself. */
const CHANGED_TOOL = 'countersign.tool-changed';
const changedTool = 'The definition of this tool has changed, and nobody has accepted the new one yet.';

const UNREAD_COMMAND = 'countersign.command-unread';
const unreadCommand = ({ construct }: Act): string => `What it would do cannot be told before it runs: ${construct}.`;

/** Judges one message under the policy in force now. An answer to the server's own request needs no rule. */
export function judgeCall(config: Config, call: KnownCall, at: Date): JudgedCall {
  const { policyDigest } = config;
  if (isAboutOwnTask(call)) return withMembers(call, { judgement: { verdict: 'own', ruleIds: [] }, policyDigest });
  if (call.kind === 'response')
    return withMembers(call, { judgement: { verdict: 'allow', ruleIds: [] }, policyDigest });
  const { connection, method, tool, uri, caller } = call;
  const args = argumentsOf(call);
  const command = method === 'tools/call' ? commandOf(connection, tool, args) : undefined;
  const input = {
    connection: connection.name,
    method,
    caller,
    args,
    at,
    ...(tool === undefined ? {} : { tool }),
    ...(uri === undefined ? {} : { uri }),
    ...(command === undefined ? {} : { command }),
  };
  const byPolicy = judgeMessage(config.policy, input, call.params);
  const { policy } = config;
  const unread = command?.acts.find(({ effects }) => effects.includes('unknown'));
  const read = unread === undefined ? byPolicy : atLeastHold(policy, byPolicy, UNREAD_COMMAND, unreadCommand(unread));
  const changed = call.pin?.accepted === false;
  const judgement = changed ? atLeastHold(policy, read, CHANGED_TOOL, changedTool) : read;
  return withMembers(call, { judgement, policyDigest });
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
  const sentence = `Blocked: policy does not allow ${what}. ${judgement.reason}`;
  const rule = judgement.ruleIds[0] === undefined ? {} : { rule: judgement.ruleIds[0] };
  return { code: 'blocked', callId: call.callId, sentence, reason: judgement.reason, ...rule };
}
