import { z } from 'zod';
import { testSchema } from '../policy/inline-tests/test-schema.ts';
import { packUseSchema } from '../policy/packs/pack-schema.ts';
import { connectionSchema } from './connection-schema.ts';
import { issuerSchema } from './issuer-schema.ts';
import { limitSchema } from './limit-schema.ts';
import { dataClassSchema, purposesSchema } from './privacy-schema.ts';
import { approvalSchema, ruleSchema } from './rule-schema.ts';
import { httpUrl, text } from './values.ts';

/**
 * Where a value may be given as `env:NAME` or `file:/path`; `*` stands for each item of a list. Anywhere else such a
 * text means itself: `file:///srv/reports/*` in a rule is the URI of a resource.
 */
export const referablePaths: readonly string[] = [
  'author',
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
  author: text
    .max(200)
    .optional()
    .describe(
      'Who answers for this version, as the record will name them; `env:NAME` lets CI say. Default: its owner.',
    ),
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
  purposes: purposesSchema.default({}).describe('Why callers may want something: the codes that rules speak of.'),
  dataClasses: z.record(text, dataClassSchema).default({}).describe('What answers may hold, and who may see it.'),
  rules: z.array(ruleSchema).default([]),
  limits: z.array(limitSchema).default([]),
  packs: z
    .array(packUseSchema)
    .default([])
    .describe('Rules that come with Countersign, or that you share between files.'),
  tests: z
    .array(testSchema)
    .default([])
    .describe('What calls must come to. A version of which one fails is not taken.'),
});

export type ConfigFile = z.output<typeof fileSchema>;
export type Issuer = z.output<typeof issuerSchema>;
