import type { Json, RequestId } from '../../../workflows/contract/call.ts';
import { TASKS_EXTENSION } from '../wait-plan.ts';

/** An answer of the gateway's own, before it is recorded. `text` is one JSON-RPC response. */
export interface OwnAnswer {
  readonly status: number;
  readonly text: string;
}

/** A result whose members are given as the text of a JSON object. */
export function resultAnswer(id: RequestId, members: string, resultType: 'complete' | 'task' = 'complete'): OwnAnswer {
  const rest = members === '{}' ? '}' : `,${members.slice(1)}`;
  return {
    status: 200,
    text: `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"resultType":"${resultType}"${rest}}`,
  };
}

/** No such task, or none of this caller's: they are told apart by nothing (Tasks extension, "Protocol Errors"). */
export function unknownTaskAnswer(id: RequestId): OwnAnswer {
  return errorAnswer(200, id, { code: -32602, message: 'There is no such task of yours, or not any more.' });
}

/** HTTP 400, as revision 2026-07-28 asks for this code (basic/index). */
export function undeclaredAnswer(id: RequestId): OwnAnswer {
  return errorAnswer(400, id, {
    code: -32021,
    message: 'Declare the Tasks extension in the capabilities of this request.',
    data: { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } },
  });
}

export function invalidTaskAnswer(id: RequestId, message: string): OwnAnswer {
  return errorAnswer(200, id, { code: -32602, message });
}

export function unknownMethodAnswer(id: RequestId): OwnAnswer {
  return errorAnswer(404, id, { code: -32601, message: 'Tasks can be asked for, updated and cancelled.' });
}

function errorAnswer(status: number, id: RequestId, error: Json): OwnAnswer {
  return { status, text: JSON.stringify({ jsonrpc: '2.0', id, error }) };
}
