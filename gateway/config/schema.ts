import { z } from 'zod';

/** `90s`, `30m`, `12h`, `7d` → milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9]\d*(s|m|h|d)$/, 'a duration is a number and a unit: 90s, 30m, 12h, 7d')
  .transform((text) => Number(text.slice(0, -1)) * unitMs[text.slice(-1) as keyof typeof unitMs]);
const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name is lower case letters, digits and dashes');
const text = z.string().min(1);
const globs = z.union([text, z.array(text).min(1)]);

const claimMatcher = z.union([
  text,
  z.strictObject({ any: z.array(text).min(1) }),
  z.strictObject({ all: z.array(text).min(1) }),
]);

/** What a rule may ask of a caller. A typo here would match nobody, so the names are a closed list. */
export const claimNames = ['groups', 'subject', 'issuer', 'owner', 'email', 'actors'] as const;

const argumentMatcher = z.union([
  text,
  z.number(),
  z.boolean(),
  z.strictObject({ any: z.array(text).min(1) }),
  z.strictObject({ not: text }),
  z.strictObject({ exists: z.boolean() }),
]);

const approvalSchema = z.strictObject({
  groups: z.array(text).min(1).describe('Each of these groups must be among the approvers.'),
  quorum: z.int().min(1).default(1).describe('How many different people must approve.'),
  expires: duration.default(30 * unitMs.m).describe('How long approvers have; then the call is refused.'),
  grant: duration.default(15 * unitMs.m).describe('How long an approval waits for its caller to come back.'),
});

export const ruleSchema = z.strictObject({
  id: text.describe('Named in refusals, on cards and in the record.'),
  description: text.optional(),
  match: z
    .strictObject({
      connection: globs.optional(),
      method: globs.optional(),
      tool: globs.optional(),
      uri: globs.optional(),
      claims: z.partialRecord(z.enum(claimNames), claimMatcher).optional(),
      args: z.record(z.string(), argumentMatcher).optional(),
    })
    .default({}),
  decision: z.enum(['allow', 'block', 'require_approval']),
  reason: text.optional().describe('What the caller reads, and the approver.'),
  approval: approvalSchema.optional(),
});

const credentialSchema = z.union([z.strictObject({ bearer: text }), z.strictObject({ header: text, value: text })]);

const connectionSchema = z.strictObject({
  name,
  upstream: z.strictObject({ url: z.url({ protocol: /^https?$/ }), credential: credentialSchema.optional() }),
  anonymousAs: name.optional().describe('Admits callers without a token; on loopback only.'),
  clientsWait: z.boolean().default(false).describe('Hold streams open instead of answering "pending".'),
  pendingAfter: duration.default(50 * unitMs.s).describe('When a held call is answered "pending, call again".'),
  timeout: duration.default(120 * unitMs.s).describe('How long its server may take to answer.'),
});

const issuerSchema = z.strictObject({
  issuer: z.url({ protocol: /^https?$/ }),
  audience: text.optional().describe("Default: the connection's own URL."),
  jwksUri: z.url({ protocol: /^https?$/ }).optional(),
  claims: z
    .strictObject({ groups: text.optional(), owner: text.optional(), email: text.optional() })
    .optional()
    .describe('Names of the claims that hold these facts, where they differ.'),
});

/** `countersign.yaml`, as it is written. References (`env:NAME`, `file:/path`) are resolved before it is checked. */
export const fileSchema = z.strictObject({
  version: z.literal(1),
  publicUrl: z.url({ protocol: /^https?$/ }).optional(),
  issuers: z.array(issuerSchema).default([]),
  connections: z.array(connectionSchema).default([]),
  approvers: z.record(text, z.strictObject({ members: z.array(z.email()).min(1) })).default({}),
  slack: z.strictObject({ channel: text, team: text }).optional(),
  defaults: z
    .strictObject({
      decision: z.enum(['block', 'allow', 'require_approval']).default('block'),
      approval: approvalSchema.optional(),
    })
    .optional(),
  rules: z.array(ruleSchema).default([]),
});

export type ConfigFile = z.output<typeof fileSchema>;
export type RuleFile = z.output<typeof ruleSchema>;
export type ApprovalFile = z.output<typeof approvalSchema>;
export type Issuer = z.output<typeof issuerSchema>;
