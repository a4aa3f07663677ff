import type { Caller, Json } from '../../../workflows/contract/call.ts';
import type { Connection } from '../../config/config.ts';
import { commandOf } from '../commands/read-command.ts';
import { annotationHints, type JudgeInput, type Purpose, type ToolAnnotations } from '../judge-input.ts';
import type { TestCall } from './test-schema.ts';

/** A Thursday: neither a weekend nor the edge of a day in most zones. */
const usualTime = '2026-01-01T12:00:00Z';

/** PURE. What a call says of its method, and what follows when it says nothing; undefined when nothing does. */
export function methodOf({ method, tool, uri }: Pick<TestCall, 'method' | 'tool' | 'uri'>): string | undefined {
  return method ?? (tool !== undefined ? 'tools/call' : uri !== undefined ? 'resources/read' : undefined);
}

/** PURE. A call that somebody describes, as it is judged when somebody makes it. */
export function inputOf(call: TestCall, connection: Connection): JudgeInput {
  const method = methodOf(call) ?? '';
  const { tool, uri } = call;
  const args = call.args as Json | undefined;
  const command = method === 'tools/call' ? commandOf(connection, tool, args) : undefined;
  return {
    connection: call.connection,
    method,
    caller: callerOf(call.caller),
    args,
    at: new Date(call.at ?? usualTime),
    ...(tool === undefined ? {} : { tool }),
    ...(uri === undefined ? {} : { uri }),
    ...(command === undefined ? {} : { command }),
    ...(call.purpose === undefined ? {} : { purpose: purposeOf(call.purpose) }),
    ...(call.annotations === undefined ? {} : { annotations: annotationsOf(call.annotations) }),
  };
}

export function callerOf({ subject, issuer, groups, actors, owner, email }: TestCall['caller']): Caller {
  const known = { ...(owner === undefined ? {} : { owner }), ...(email === undefined ? {} : { email }) };
  return { issuer, subject, groups, actors, ...known };
}

function purposeOf(purpose: NonNullable<TestCall['purpose']>): Purpose {
  if (typeof purpose === 'string') return { text: purpose, source: 'meta', claimedBy: 'agent' };
  const { text, source, claimedBy, code, ticket } = purpose;
  return {
    text,
    source,
    claimedBy,
    ...(code === undefined ? {} : { code }),
    ...(ticket === undefined ? {} : { ticket }),
  };
}

function annotationsOf({ trusted = false, ...said }: NonNullable<TestCall['annotations']>): ToolAnnotations {
  const hints: Partial<Record<(typeof annotationHints)[number], boolean>> = {};
  for (const hint of annotationHints) {
    const value = said[hint];
    if (value !== undefined) hints[hint] = value;
  }
  return { hints, trusted };
}
