import { z } from 'zod';
import { name, text } from './values.ts';

const codes = z.array(name).min(1);

/** Names of fields, as globs. They are compared without case, blanks, `_`, `-` and `.`. */
const fields = z.array(text).min(1);

/** Why somebody may want something, by the word for it. */
export const purposesSchema = z.record(
  name,
  z.strictObject({
    description: text.describe('What it means, for those who are asked for a purpose.'),
    ticket: z
      .union([text, z.array(text).min(1)])
      .optional()
      .describe('Globs of tickets that stand for it: `INC-*`.'),
  }),
);

export const dataClassSchema = z.strictObject({
  description: text.optional(),
  fields: fields.optional().describe('The fields that hold it, as globs: `salary`, `*_ssn`. Needed to mask.'),
  seenBy: z.strictObject({ groups: z.array(text).min(1) }).describe('Callers in one of these groups see it.'),
  purposes: codes.optional().describe('They see it only for one of these purposes.'),
  otherwise: z
    .enum(['mask', 'block'])
    .describe('What becomes of a call by anybody else: its answer loses the fields, or it is refused.'),
});

/** How callers of a connection may say why, beside `_meta` and the header, which work everywhere. */
export const connectionPurposeSchema = z.strictObject({
  argument: z
    .boolean()
    .default(false)
    .describe('Adds a required text `_reason` to every tool it lists, and takes it out of calls before they are sent.'),
  ask: z.boolean().default(false).describe('Asks the person at the client (elicitation) when a purpose is missing.'),
});

export const dataClassNames = z.array(text).min(1).describe('Data classes that its answers hold.');

/** What a rule asks of a purpose. */
export const purposeMatcher = z.strictObject({
  codes: codes.optional(),
  given: z.boolean().optional().describe('Whether the call says why at all.'),
});

export const purposeNeed = z
  .union([z.literal('required'), z.strictObject({ codes })])
  .describe('A call that this rule applies to is refused until it says why: anything, or one of these codes.');

export const ruleMask = z.strictObject({ fields }).describe('Fields that the answer loses, whoever calls.');

export type PurposesFile = z.output<typeof purposesSchema>;
export type DataClassFile = z.output<typeof dataClassSchema>;
export type PurposeNeedFile = z.output<typeof purposeNeed>;
