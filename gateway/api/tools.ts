import type pg from 'pg';
import { z } from 'zod';
import type { Caller } from '../../workflows/contract/call.ts';
import { GuardRefused, LedgerUnavailable, type Ledger } from '../../workflows/evidence/ledger.ts';
import { GatewayError } from '../errors.ts';
import type { Masker } from '../masking/masker.ts';
import { acceptanceGuard, loadStates, type DefinitionState, type ToolState } from '../screen/pins/tool-states.ts';
import { ApiError } from './problem.ts';

export interface ToolApiParts {
  readonly pool: pg.Pool;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly masker: Masker;
  readonly now: () => Date;
}

const toolsPerPageDefault = 100;
const toolsPerPageMax = 500;
const noteCharsMax = 1_000;

const pageSchema = z.object({
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(toolsPerPageMax).default(toolsPerPageDefault),
});

const acceptanceSchema = z.strictObject({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  note: z.string().max(noteCharsMax).optional(),
});

export interface ToolPage {
  readonly tools: readonly ToolState[];
  /** Ask again with `after` set to this; absent on the last page. */
  readonly next?: string;
}

/** `GET connections/{connection}/tools?after=&limit=`: what is known of a connection's tools, by name. */
export async function listToolStates({ pool }: ToolApiParts, connection: string, query: unknown): Promise<ToolPage> {
  const page = pageSchema.safeParse(query);
  if (!page.success) throw new ApiError('QUERY_INVALID', `limit is a number from 1 to ${toolsPerPageMax}`);
  const { after = '', limit } = page.data;
  const tools = await loadStates(pool, connection, { after, limit: limit + 1 });
  const shown = tools.slice(0, limit);
  const last = shown.at(-1);
  return tools.length > limit && last !== undefined ? { tools: shown, next: last.tool } : { tools: shown };
}

/** `GET connections/{connection}/tools/{tool}`: the same of one tool, with the masked text of its definitions. */
export async function showTool({ pool }: ToolApiParts, connection: string, tool: string): Promise<ToolState> {
  const [state] = await loadStates(pool, connection, { tool });
  if (state === undefined) throw new ApiError('TOOL_UNKNOWN');
  return state;
}

/**
 * `POST connections/{connection}/tools/{tool}/accept {digest, note?}`: an operator accepts one definition and no other,
 * whatever the server shows meanwhile. Accepting what is accepted changes nothing. Returns how the tool stands.
 */
export async function acceptTool(
  parts: ToolApiParts,
  operator: Caller,
  { connection, tool }: { readonly connection: string; readonly tool: string },
  body: unknown,
): Promise<ToolState> {
  const acceptance = acceptanceSchema.safeParse(body);
  if (!acceptance.success) throw new ApiError('BODY_INVALID', '{"digest": 64 hex characters, "note"?: text}');
  const { digest } = acceptance.data;
  const definition = findDefinition(await showTool(parts, connection, tool), digest);
  if (definition.state === 'pending') await recordAcceptance(parts, operator, { connection, tool }, acceptance.data);
  return showTool(parts, connection, tool);
}

function findDefinition({ definitions }: ToolState, digest: string): DefinitionState {
  const definition = definitions.find((each) => each.digest === digest);
  if (definition === undefined) throw new ApiError('DEFINITION_UNKNOWN');
  return definition;
}

async function recordAcceptance(
  { ledger, masker, now }: ToolApiParts,
  operator: Caller,
  { connection, tool }: { readonly connection: string; readonly tool: string },
  { digest, note }: z.output<typeof acceptanceSchema>,
): Promise<void> {
  const principal = `${operator.issuer}#${operator.subject}`;
  const said = note === undefined ? undefined : masker.maskText(note).text;
  const facts = { digest, ...(said === undefined ? {} : { note: said }) };
  try {
    await ledger.append(
      [{ kind: 'tool.accepted', connection, tool, principal, outcome: 'accepted', facts }],
      acceptanceGuard({ connection, tool, digest, principal, note: said, at: now() }),
    );
  } catch (error) {
    // Somebody else was first, and what they accepted is the same definition.
    if (error instanceof GuardRefused) return;
    if (!(error instanceof LedgerUnavailable)) throw error;
    throw new GatewayError('EVIDENCE_UNAVAILABLE', { headers: { 'retry-after': '2' }, cause: error });
  }
}
