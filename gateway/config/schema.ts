import { z } from 'zod';
import { connectionSchema } from './connection-schema.ts';
import { issuerSchema } from './issuer-schema.ts';
import { duration, httpUrl, text } from './values.ts';

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

/** JSON pointer (RFC 6901), or names joined by dots. */
const argumentPath = z.string().regex(/^(\/.*|[^/.]+(\.[^.]+)*)$/s, 'an argument is /a/json/pointer or dotted.names');

const approvalSchema = z.strictObject({
  groups: z.array(text).min(1).describe('Each of these groups must be among the approvers.'),
  quorum: z.int().min(1).default(1).describe('How many different people must approve.'),
  expires: duration.prefault('30m').describe('How long approvers have; then the call is refused.'),
  grant: duration.prefault('15m').describe('How long an approval waits for its caller to come back.'),
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
      args: z.record(argumentPath, argumentMatcher).optional(),
    })
    .default({}),
  decision: z.enum(['allow', 'block', 'require_approval']),
  reason: text.optional().describe('What the caller reads, and the approver.'),
  record: z
    .enum(['ledger', 'workflow'])
    .optional()
    .describe('Where a call that this rule allows leaves its trace: the ledger only (default), or also a workflow.'),
  approval: approvalSchema.optional(),
});

/**
 * Where a value may be given as `env:NAME` or `file:/path`; `*` stands for each item of a list. Anywhere else such a
 * text means itself: `file:///srv/reports/*` in a rule is the URI of a resource.
 */
export const referablePaths: readonly string[] = [
  'publicUrl',
  'issuers.*.issuer',
  'issuers.*.audience',
  'issuers.*.jwksUri',
  'issuers.*.ca',
  'issuers.*.bearer',
  'connections.*.upstream.url',
  'connections.*.upstream.credential.bearer',
  'connections.*.upstream.credential.value',
  'connections.*.upstream.credential.oauth.tokenEndpoint',
  'connections.*.upstream.credential.oauth.issuer',
  'connections.*.upstream.credential.oauth.clientId',
  'connections.*.upstream.credential.oauth.clientSecret',
  'connections.*.upstream.credential.oauth.privateKey',
  'connections.*.upstream.credential.oauth.resource',
  'connections.*.upstream.credential.oauth.audience',
  'connections.*.upstream.tls.ca',
  'connections.*.upstream.tls.cert',
  'connections.*.upstream.tls.key',
  'slack.channel',
  'slack.team',
];

/** `countersign.yaml`, as it is written. References are resolved before it is checked. */
export const fileSchema = z.strictObject({
  version: z.literal(1),
  publicUrl: httpUrl.optional(),
  issuers: z.array(issuerSchema).default([]),
  connections: z.array(connectionSchema).default([]),
  approvers: z.record(text, z.strictObject({ members: z.array(z.email()).min(1) })).default({}),
  slack: z.strictObject({ channel: text, team: text }).optional(),
  operators: z
    .strictObject({ groups: z.array(text).min(1) })
    .optional()
    .describe("Groups whose members may use the operators' verbs of the API, with a token for <publicUrl>/api/v1."),
  defaults: z
    .strictObject({
      decision: z.enum(['block', 'allow', 'require_approval']).default('block'),
      mask: z.literal('standard').optional().describe('The masking profile. There is one.'),
      approval: approvalSchema.optional(),
    })
    .optional(),
  rules: z.array(ruleSchema).default([]),
});

export type ConfigFile = z.output<typeof fileSchema>;
export type RuleFile = z.output<typeof ruleSchema>;
export type ApprovalFile = z.output<typeof approvalSchema>;
export type Issuer = z.output<typeof issuerSchema>;
