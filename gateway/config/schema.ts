import { z } from 'zod';

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Node's timers fire at once when told to wait longer than about 24 days. */
const waitMsMax = unitMs.d;
const durationMsMax = 365 * unitMs.d;

/** `90s`, `30m`, `12h`, `7d` → milliseconds. */
const durationUpTo = (maxMs: number) =>
  z
    .string()
    .regex(/^[1-9]\d*(s|m|h|d)$/, 'a duration is a number and a unit: 90s, 30m, 12h, 7d')
    .transform((text) => Number(text.slice(0, -1)) * unitMs[text.slice(-1) as keyof typeof unitMs])
    .refine((ms) => ms <= maxMs, `at most ${maxMs / unitMs.d}d`);
const duration = durationUpTo(durationMsMax);
const wait = durationUpTo(waitMsMax);

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
  approval: approvalSchema.optional(),
});

const token = z.string().regex(/^[\x21-\x7e]+$/, 'a credential is printable ASCII without blanks');
const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'this is not the name of an HTTP header');
const headerValue = z.string().regex(/^[\x20-\x7e]+$/, 'a header value is printable ASCII on one line');
const credentialSchema = z.union([
  z.strictObject({ bearer: token }),
  z.strictObject({ header: headerName, value: headerValue }),
]);

/** The gateway answers under these itself. */
const reservedNames = ['api', 'console', 'livez', 'readyz', 'metrics'];
const connectionName = name.refine(
  (text) => !reservedNames.includes(text),
  'the gateway answers under this name itself',
);

const httpUrl = z.url({ protocol: /^https?$/ });
const upstreamUrl = httpUrl.refine((text) => new URL(text).username === '' && new URL(text).password === '', {
  message: 'a credential does not belong in a URL, which is logged; write it under credential',
  abort: true,
  when: ({ issues }) => issues.length === 0,
});

const toolSchema = z.strictObject({
  dialect: z.enum(['postgres', 'bash', 'kubectl', 'http']),
  field: text.describe('The argument that holds the command.'),
});

const connectionSchema = z.strictObject({
  name: connectionName,
  upstream: z.strictObject({ url: upstreamUrl, credential: credentialSchema.optional() }),
  anonymousAs: name.optional().describe('Admits callers without a token; on loopback only.'),
  clientsWait: z.boolean().default(false).describe('Hold streams open instead of answering "pending".'),
  pendingAfter: wait.prefault('50s').describe('When a held call is answered "pending, call again".'),
  timeout: wait.prefault('120s').describe('How long its server may take to answer.'),
  tools: z
    .record(text, toolSchema)
    .default({})
    .describe('Which argument of a tool is a command, and in what language.'),
});

const issuerSchema = z.strictObject({
  issuer: httpUrl,
  audience: text.optional().describe("Default: the connection's own URL."),
  jwksUri: httpUrl.optional(),
  claims: z
    .strictObject({ groups: text.optional(), owner: text.optional(), email: text.optional() })
    .optional()
    .describe('Names of the claims that hold these facts, where they differ.'),
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
  'connections.*.upstream.url',
  'connections.*.upstream.credential.bearer',
  'connections.*.upstream.credential.value',
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
