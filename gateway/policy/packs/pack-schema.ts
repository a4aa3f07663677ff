import { z } from 'zod';
import { globs, ruleSchema } from '../../config/rule-schema.ts';
import { name, text } from '../../config/values.ts';
import { dialects } from '../commands/command.ts';
import { expectSchema, testCallerSchema } from '../inline-tests/test-schema.ts';

/** `packs:` of `countersign.yaml`: which rules that somebody else wrote apply, and where. */
export const packUseSchema = z.strictObject({
  pack: text.describe(
    'Name of a pack that comes with Countersign, or ./path of your own from the folder of this file.',
  ),
  as: name.optional().describe('What its rules are called by: `<as>/<id>`. Default: the name of the pack.'),
  connection: globs.describe('Where its rules apply.'),
  tool: globs.optional().describe('The tools they speak of. Default: all.'),
});

const packCallSchema = z.strictObject({
  dialect: z.enum(dialects),
  command: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('For a tool that takes a text, or a list of words.'),
  tool: text.default('run'),
  args: z.record(z.string(), z.unknown()).optional().describe('For a tool whose arguments are the parts.'),
  caller: testCallerSchema.prefault({}),
});

/** Judged by the rules of the pack alone, where everything else is allowed. `expect.rule` is an id without the pack. */
const packTestSchema = z.strictObject({ name: text, call: packCallSchema, expect: expectSchema });

/** A file of rules that restrict, to be used on any connection. */
export const packSchema = z.strictObject({
  name,
  description: text,
  rules: z.array(ruleSchema).min(1).describe('As in countersign.yaml, without `match.connection`. They never allow.'),
  tests: z.array(packTestSchema).min(1),
});

export type PackUse = z.output<typeof packUseSchema>;
export type PackFile = z.output<typeof packSchema>;
export type PackTest = z.output<typeof packTestSchema>;
