import { OUTCOME_META_KEY, type Json, type OutcomeCode, type RequestId } from '../../workflows/contract/call.ts';
import type { Era } from '../call.ts';
import type { Refusal } from './refusal.ts';
import type { FinalAnswer } from './reply.ts';

const rpcCodes: Record<OutcomeCode, number> = {
  blocked: -31001,
  pending: -31002,
  denied: -31003,
  expired: -31004,
  withheld: -31005,
  unknown: -31006,
  unavailable: -31007,
  limited: -31008,
  paused: -31009,
};

/** Whether the same call may do better later. An unknown outcome may not: it could run twice. */
const retryable: Record<OutcomeCode, boolean> = {
  blocked: false,
  pending: true,
  denied: false,
  expired: true,
  withheld: false,
  unknown: false,
  unavailable: true,
  limited: true,
  paused: true,
};

/**
 * Puts a refusal in MCP's words: HTTP 200, for `tools/call` a result with `isError` (the model sees it), else a
 * JSON-RPC error, and in both the stable outcome under `_meta["dev.countersign/outcome"]`.
 */
export function refusalAnswer(call: { method: string; era: Era; id: RequestId }, refusal: Refusal): FinalAnswer {
  const { sentence, ...facts } = refusal;
  const outcome: Json = { ...facts, retryable: retryable[refusal.code] || refusal.needs !== undefined };
  const body =
    call.method === 'tools/call'
      ? { jsonrpc: '2.0', id: call.id, result: toolError(call.era, sentence, outcome) }
      : {
          jsonrpc: '2.0',
          id: call.id,
          error: { code: rpcCodes[refusal.code], message: sentence, data: { [OUTCOME_META_KEY]: outcome } },
        };
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    bytes: Buffer.from(JSON.stringify(body)),
  };
}

function toolError(era: Era, sentence: string, outcome: Json): Json {
  return {
    ...(era === 'modern' ? { resultType: 'complete' } : {}),
    content: [{ type: 'text', text: sentence }],
    isError: true,
    _meta: { [OUTCOME_META_KEY]: outcome },
  };
}
