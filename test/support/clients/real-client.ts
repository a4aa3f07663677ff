import { outcomeOf, type Outcome, type ToolResult } from '../caller.ts';

/** One call, as the user of a client makes it. */
export interface ToolCall {
  readonly url: string;
  readonly token: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, string>>;
  /** What the user sets as the client's clock, in milliseconds; without it the client has its own default. */
  readonly timeoutMs?: number;
}

/** What the user of a client is shown in the end: a result of the tool, or an error of the client itself. */
export type Seen =
  | {
      readonly kind: 'result';
      readonly isError: boolean;
      /** The whole result as JSON. */
      readonly text: string;
      /** Set when the gateway itself answered. */
      readonly outcome: Outcome | undefined;
      readonly progress: readonly string[];
    }
  | { readonly kind: 'error'; readonly message: string; readonly progress: readonly string[] };

/** A client that others make and this project does not change. It connects, calls once and closes; it throws only when it cannot connect. */
export interface RealClient {
  readonly name: string;
  call(call: ToolCall): Promise<Seen>;
}

export function seenResult(result: ToolResult, progress: readonly string[] = []): Seen {
  return {
    kind: 'result',
    isError: result.isError === true,
    text: JSON.stringify(result),
    outcome: outcomeOf(result),
    progress,
  };
}

export function seenError(message: string, progress: readonly string[] = []): Seen {
  return { kind: 'error', message, progress };
}
