import type { Caller, Json } from '../../workflows/contract/call.ts';
import type { Command } from './commands/command.ts';

/** What is judged: one call, and who makes it. */
export interface JudgeInput {
  readonly connection: string;
  readonly method: string;
  /** Tool or prompt name. */
  readonly tool?: string;
  readonly uri?: string;
  readonly caller: Caller;
  readonly args: Json | undefined;
  /** When it is judged. */
  readonly at: Date;
  /** What its command would do, for a tool whose connection says which argument is one. */
  readonly command?: Command;
  /** What the server says of the tool, which may be nothing; absent for a tool that no list has shown. */
  readonly annotations?: ToolAnnotations;
  /** Why the caller wants it; absent when the call does not say. */
  readonly purpose?: Purpose;
}

/**
 * Hints of a server about its tool (`ToolAnnotations`, MCP server/tools). They are the server's own words: whatever
 * they say may restrict a call, and only `trusted` ones may allow one.
 */
export interface ToolAnnotations {
  readonly hints: Readonly<Partial<Record<AnnotationHint, boolean>>>;
  /** The connection trusts them, and the definition they stand in is accepted. */
  readonly trusted: boolean;
}

export const annotationHints = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const;
export type AnnotationHint = (typeof annotationHints)[number];

/** Why somebody wants a call. A model's words are a claim; only those of a person at the client are a statement. */
export interface Purpose {
  /** One of the configured codes, when the words name one. */
  readonly code?: string;
  /** As it was given: never leaves this process unmasked. */
  readonly text: string;
  readonly ticket?: string;
  readonly source: 'meta' | 'header' | 'argument' | 'elicitation';
  readonly claimedBy: 'human' | 'agent';
}
