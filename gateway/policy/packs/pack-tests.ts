import type { Json } from '../../../workflows/contract/call.ts';
import { readCommand } from '../commands/read-command.ts';
import { failureOf } from '../inline-tests/run-test.ts';
import { callerOf } from '../inline-tests/tested-call.ts';
import type { JudgeInput } from '../judge-input.ts';
import { compileApproval, compileRule, type Policy } from '../rule.ts';
import type { PackFile, PackTest } from './pack-schema.ts';

const commandField = '/command';
/** Whoever uses a pack says who approves; its own tests only ask whether somebody must. */
const anApproval = { groups: ['approvers'], quorum: 1, expires: 60_000, grant: 60_000 };

/** PURE. The rules of a pack alone, where everything that they do not restrict is allowed. */
export function policyOfPack({ rules }: PackFile): Policy {
  return {
    rules: rules.map((rule) => compileRule(rule, rule.approval && compileApproval(rule.approval, {}))),
    defaultDecision: 'allow',
    defaultApproval: compileApproval(anApproval, {}),
  };
}

/** PURE. Undefined: the call comes to what the pack's author expects. Else what came instead, and why. */
export function packTestFailure(policy: Policy, { call, expect }: PackTest): string | undefined {
  return failureOf(policy, inputOf(call), expect);
}

function inputOf({ dialect, command, tool, args, caller }: PackTest['call']): JudgeInput {
  const given = (command === undefined ? args : { command }) as Json | undefined;
  const field = command === undefined ? undefined : commandField;
  return {
    connection: 'any',
    method: 'tools/call',
    tool,
    caller: callerOf(caller),
    args: given,
    at: new Date(0),
    command: readCommand({ tool, dialect, field, args: given }),
  };
}
