import type { MaskedMessage } from '../call.ts';
import type { AnswerFacts } from './recorder.ts';

/** Reads the tool's own verdict from an answer: `isError` of its result, or a JSON-RPC error. */
export function answerFacts(message: MaskedMessage & { readonly status: number }): AnswerFacts {
  const { status, bytes } = message;
  // Most answers hold neither word, and need not be parsed to know it.
  if (!bytes.includes('"isError"') && !bytes.includes('"error"')) return { status, toolError: status >= 400 };
  try {
    const answer = JSON.parse(bytes.toString('utf8')) as { result?: { isError?: unknown }; error?: unknown };
    return { status, toolError: answer.result?.isError === true || answer.error !== undefined || status >= 400 };
  } catch {
    return { status, toolError: true };
  }
}
