import { z } from 'zod';
import { upstreamSchema } from './upstream-schema.ts';
import { dialects } from '../policy/commands/command.ts';
import { connectionPurposeSchema, dataClassNames } from './privacy-schema.ts';
import { argumentPath } from './rule-schema.ts';
import { name, text, wait } from './values.ts';

/** The gateway answers under these itself. */
const reservedNames = ['api', 'console', 'livez', 'readyz', 'metrics'];
const connectionName = name.refine(
  (text) => !reservedNames.includes(text),
  'the gateway answers under this name itself',
);

const toolSchema = z.strictObject({
  dialect: z
    .enum(dialects)
    .optional()
    .describe(
      'What the tool takes: a language, or `kubernetes`, `http` or `config` for a tool whose arguments are the parts.',
    ),
  field: z
    .union([argumentPath, z.record(text, argumentPath)])
    .optional()
    .describe('The argument that holds the command, or of each part of it: `{method: /method, url: /url}`.'),
  timeout: wait.optional().describe('How long the server may take to answer this tool.'),
  data: dataClassNames.optional(),
});

const serverRequest = z.enum(['allow', 'block', 'record']);

/** What a server may ask of its caller. */
const serverRequestsSchema = z.strictObject({
  sampling: serverRequest.default('allow').describe("Asks the caller's model."),
  elicitation: serverRequest.default('record').describe('Asks the person at the client.'),
  urlHosts: z
    .array(text)
    .default([])
    .describe(
      'Hosts, or host:port, that an elicitation may send the person to; https except on loopback. Empty: the own host of the server.',
    ),
  roots: serverRequest.default('allow').describe("Asks for the caller's folders."),
});

export const connectionSchema = z.strictObject({
  name: connectionName,
  upstream: upstreamSchema,
  anonymousAs: name.optional().describe('Admits callers without a token; on loopback only.'),
  scopes: z
    .enum(['required', 'ignored'])
    .default('ignored')
    .describe(
      'Whether tokens must carry a scope: `mcp:<connection>:call` allows all, `mcp:<connection>:read` all but tools/call.',
    ),
  clientsWait: z.boolean().default(false).describe('Hold streams open instead of answering "pending".'),
  pendingAfter: wait.prefault('50s').describe('When a held call is answered "pending, call again".'),
  timeout: wait.prefault('120s').describe('How long its server may take to answer.'),
  tools: z
    .record(text, toolSchema)
    .default({})
    .describe(
      'What is particular about a tool, by its name or a glob (`exec*`): which argument is a command and in what language, its time limit.',
    ),
  serverRequests: serverRequestsSchema
    .prefault({})
    .describe(
      'What its server may ask of callers. `allow`: what is asked and answered is masked; `record`: the answer reaches ' +
        'the server as it was given; `block`: the server is refused. All of it is recorded.',
    ),
  trustAnnotations: z
    .boolean()
    .default(false)
    .describe(
      'Whether what its server says of an accepted tool (`annotations`) may allow a call. It may restrict one anyway.',
    ),
  describeApproval: z
    .boolean()
    .default(false)
    .describe('Adds to the description of a tool that its calls need approval.'),
  data: dataClassNames.optional(),
  purpose: connectionPurposeSchema.optional(),
});
