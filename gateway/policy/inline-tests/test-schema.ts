import { z } from 'zod';
import { text } from '../../config/values.ts';
import { annotationHints } from '../judge-input.ts';

/** What a call must come to. Only what is given is compared. */
export const expectSchema = z.strictObject({
  decision: z.enum(['allow', 'block', 'require_approval']),
  rule: text
    .optional()
    .describe(
      'A rule that must be among those that decide. Of a pack: `<pack>/<id>`. `countersign.default`: none does.',
    ),
  quorum: z.int().min(1).optional().describe('How many different people must approve.'),
  groups: z.array(text).min(1).optional().describe('The groups that must be among the approvers, all of them.'),
  reason: text.optional().describe('A part of what the caller reads.'),
});

export const testCallerSchema = z.strictObject({
  subject: text.default('somebody'),
  issuer: text.default('https://issuer.test'),
  groups: z.array(text).default([]),
  owner: text.optional(),
  email: text.optional(),
  actors: z.array(text).default([]),
});

const purposeSchema = z.union([
  text,
  z.strictObject({
    text: text.default('a purpose'),
    code: text.optional(),
    ticket: text.optional(),
    source: z.enum(['meta', 'header', 'argument', 'elicitation']).default('meta'),
    claimedBy: z.enum(['human', 'agent']).default('agent'),
  }),
]);

const callSchema = z.strictObject({
  connection: text,
  tool: text.optional().describe('The tool it calls, or the prompt it gets.'),
  method: text.optional().describe('Default: tools/call with `tool`, resources/read with `uri`.'),
  uri: text.optional(),
  args: z.record(z.string(), z.unknown()).optional(),
  caller: testCallerSchema.prefault({}),
  at: z.iso
    .datetime({ offset: true, error: 'a time is written like 2026-11-24T09:00:00Z' })
    .optional()
    .describe('When it is judged. Default: a Thursday at noon, UTC.'),
  purpose: purposeSchema.optional(),
  annotations: z
    .partialRecord(z.enum([...annotationHints, 'trusted']), z.boolean())
    .optional()
    .describe('What the server says of the tool; `trusted`: as on a connection that trusts it.'),
});

/** One promise of a policy, kept by every version that is taken. */
export const testSchema = z.strictObject({ name: text, call: callSchema, expect: expectSchema });

export type TestFile = z.output<typeof testSchema>;
export type TestCall = TestFile['call'];
export type Expected = z.output<typeof expectSchema>;
