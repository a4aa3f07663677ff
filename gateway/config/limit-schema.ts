import { z } from 'zod';
import { matchSchema } from './rule-schema.ts';
import { text, wait } from './values.ts';

const callsMax = 100_000;
const count = z.int().min(1).max(callsMax);
const bytesMax = 2 ** 50;
const { connection, tool, method, claims } = matchSchema.shape;

export const limitSchema = z.strictObject({
  id: text.describe('Named in refusals and in the record, as `countersign.limited/<id>`.'),
  description: text.optional(),
  match: z
    .strictObject({ connection, tool, method, claims })
    .default({})
    .describe(
      'Which calls count, compared as by a rule that restricts. With neither `tool` nor `method`: all of them.',
    ),
  per: z.enum(['caller', 'connection', 'session']).default('caller').describe('Whose calls are counted together.'),
  rate: z
    .strictObject({
      calls: count,
      within: wait,
      burst: count.optional().describe('How many may come at once; the rest come evenly. Default: all of them.'),
    })
    .optional()
    .describe('In no stretch of time as long as `within` are there more calls than this.'),
  concurrent: count.optional().describe('How many are under way at once. Who waits for an approval does not count.'),
  budget: z
    .strictObject({ calls: count.optional(), answerBytes: z.int().min(1).max(bytesMax).optional() })
    .optional()
    .describe('Spent call by call, and whole again after an hour without one.'),
  openApprovals: z
    .union([count, z.literal('unlimited')])
    .optional()
    .describe('A caller that has so many open approvals, wherever, opens no more by such a call.'),
  reason: text.optional().describe('What the caller reads besides.'),
});

export type LimitFile = z.output<typeof limitSchema>;
