import { z } from 'zod';
import { effects } from '../policy/commands/command.ts';
import { annotationsMatcher, timeMatcher } from './circumstances-schema.ts';
import { purposeMatcher, purposeNeed, ruleMask } from './privacy-schema.ts';
import { duration, text } from './values.ts';

export const globs = z.union([text, z.array(text).min(1)]);

const claimMatcher = z.union([
  text,
  z.strictObject({ any: z.array(text).min(1) }),
  z.strictObject({ all: z.array(text).min(1) }),
]);

/** What a rule may ask of a caller. A typo here would match nobody, so the names are a closed list. */
const claimNames = ['groups', 'subject', 'issuer', 'owner', 'email', 'actors'] as const;

const argumentMatcher = z.union([
  text,
  z.number(),
  z.boolean(),
  z.strictObject({ any: z.array(text).min(1) }),
  z.strictObject({ not: text }),
  z.strictObject({ exists: z.boolean() }),
]);

/** JSON pointer (RFC 6901), or names joined by dots. */
export const argumentPath = z
  .string()
  .regex(/^(\/.*|[^/.]+(\.[^.]+)*)$/s, 'an argument is /a/json/pointer or dotted.names');

const effectList = z
  .array(z.enum(effects))
  .min(1)
  .describe('A rule that restricts fits when the command has one of these; one that allows, when it has no other.');
const constructs = globs.optional().describe('What a command does, by its name: `DROP*`, `kubectl delete`.');

/** What a command would do, by the system that it acts on. Each part that is given must fit one and the same act. */
const commandMatchers = {
  sql: z.strictObject({
    effects: effectList.optional(),
    constructs,
    relations: globs.optional().describe('Tables and views, as they are written: `payroll.*`.'),
    functions: globs.optional(),
  }),
  shell: z.strictObject({ effects: effectList.optional(), constructs, programs: globs.optional() }),
  kubernetes: z.strictObject({
    effects: effectList.optional(),
    constructs,
    verbs: globs.optional(),
    kinds: globs.optional(),
    namespaces: globs.optional(),
  }),
  infrastructure: z.strictObject({
    effects: effectList.optional(),
    constructs,
    programs: globs.optional().describe('helm, terraform, aws, gcloud, az.'),
    verbs: globs.optional(),
  }),
  http: z.strictObject({
    effects: effectList.optional(),
    constructs,
    methods: globs.optional(),
    hosts: globs.optional(),
    paths: globs.optional(),
  }),
  config: z.strictObject({
    effects: effectList.optional(),
    constructs,
    paths: globs.optional().describe('Names of settings, joined by dots: `auth.*`.'),
    values: globs.optional(),
  }),
};

export const approvalSchema = z.strictObject({
  groups: z.array(text).min(1).describe('Each of these groups must be among the approvers.'),
  quorum: z.int().min(1).default(1).describe('How many different people must approve.'),
  expires: duration.prefault('30m').describe('How long approvers have; then the call is refused.'),
  grant: duration.prefault('15m').describe('How long an approval waits for its caller to come back.'),
});

export const matchSchema = z.strictObject({
  connection: globs.optional(),
  method: globs.optional(),
  tool: globs.optional(),
  prompt: globs.optional(),
  uri: globs.optional(),
  claims: z.partialRecord(z.enum(claimNames), claimMatcher).optional(),
  delegated: z.boolean().optional().describe('Whether somebody acts for the caller (`act` in its token, RFC 8693).'),
  args: z.record(argumentPath, argumentMatcher).optional(),
  sql: commandMatchers.sql.optional(),
  shell: commandMatchers.shell.optional(),
  kubernetes: commandMatchers.kubernetes.optional(),
  infrastructure: commandMatchers.infrastructure.optional(),
  http: commandMatchers.http.optional(),
  config: commandMatchers.config.optional(),
  annotations: annotationsMatcher.optional(),
  time: timeMatcher.optional(),
  purpose: purposeMatcher.optional(),
});

export const ruleSchema = z.strictObject({
  id: text.max(100).describe('Named in refusals, on cards and in the record.'),
  description: text.optional(),
  match: matchSchema.default({}),
  when: text.optional().describe('A condition in CEL that must hold as well: `has(args.limit) && args.limit > 1000`.'),
  decision: z.enum(['allow', 'block', 'require_approval']),
  mode: z
    .enum(['enforce', 'shadow'])
    .optional()
    .describe(
      '`shadow`: what the rule would decide is recorded, explained and shown to approvers, and decides nothing.',
    ),
  reason: text.optional().describe('What the caller reads, and the approver.'),
  record: z
    .enum(['ledger', 'workflow'])
    .optional()
    .describe('Where a call that this rule allows leaves its trace: the ledger only (default), or also a workflow.'),
  approval: approvalSchema.optional(),
  purpose: purposeNeed.optional(),
  mask: ruleMask.optional(),
});

export type RuleFile = z.output<typeof ruleSchema>;
export type Decision = RuleFile['decision'];
export type MatchFile = z.output<typeof matchSchema>;
export type ClaimFile = z.output<typeof claimMatcher>;
export type ArgumentFile = z.output<typeof argumentMatcher>;
export type ApprovalFile = z.output<typeof approvalSchema>;
