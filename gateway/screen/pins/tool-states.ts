import type pg from 'pg';
import type { Guard } from '../../../workflows/evidence/ledger.ts';

/** How one definition of a tool stands, for people. */
export interface DefinitionState {
  readonly digest: string;
  readonly state: 'accepted' | 'pending';
  /** The tool was last seen with this one. */
  readonly current: boolean;
  /** The fields in which it differs from the one before it. */
  readonly changed: readonly string[];
  /** RFC 3339, UTC. */
  readonly firstSeenAt: string;
  readonly acceptedAt?: string;
  /** Absent when nobody had to: the first definition of a tool is taken as it is. */
  readonly acceptedBy?: string;
  readonly note?: string;
  /** Masked JSON; only when one tool is shown. */
  readonly definition?: string;
}

export interface ToolState {
  readonly tool: string;
  /** `pending`: calls need approval until the current definition is accepted. */
  readonly state: 'accepted' | 'pending';
  readonly digest: string;
  /** Newest first. */
  readonly definitions: readonly DefinitionState[];
}

interface Row {
  readonly tool: string;
  readonly digest: string;
  readonly current: string;
  readonly definition: string;
  readonly changed: string[];
  readonly first_seen_at: Date;
  readonly accepted_at: Date | null;
  readonly accepted_by: string | null;
  readonly note: string | null;
}

type Which = { readonly after: string; readonly limit: number } | { readonly tool: string };

export async function loadStates(pool: pg.Pool, connection: string, which: Which): Promise<readonly ToolState[]> {
  const one = 'tool' in which;
  const { rows } = await pool.query<Row>(
    `with chosen as (
       select tool, digest from countersign.tool_pin
       where connection = $1 and ${one ? 'tool = $2' : 'tool > $2'} order by tool ${one ? '' : 'limit $3'})
     select d.tool, d.digest, chosen.digest as current, d.definition, d.changed, d.first_seen_at, d.accepted_at,
            d.accepted_by, d.note
     from chosen join countersign.tool_definition d on d.connection = $1 and d.tool = chosen.tool
     order by d.tool, d.first_seen_at desc`,
    one ? [connection, which.tool] : [connection, which.after, which.limit],
  );
  const tools = new Map<string, Row[]>();
  for (const row of rows) tools.set(row.tool, [...(tools.get(row.tool) ?? []), row]);
  return [...tools].map(([tool, definitions]) => stateOf(tool, definitions, one));
}

function stateOf(tool: string, rows: readonly Row[], withText: boolean): ToolState {
  const current = rows.find(({ digest, current }) => digest === current);
  return {
    tool,
    state: current?.accepted_at === null ? 'pending' : 'accepted',
    digest: current?.digest ?? '',
    definitions: rows.map((row) => definitionOf(row, withText)),
  };
}

function definitionOf(row: Row, withText: boolean): DefinitionState {
  return {
    digest: row.digest,
    state: row.accepted_at === null ? 'pending' : 'accepted',
    current: row.digest === row.current,
    changed: row.changed,
    firstSeenAt: row.first_seen_at.toISOString(),
    ...(row.accepted_at === null ? {} : { acceptedAt: row.accepted_at.toISOString() }),
    ...(row.accepted_by === null ? {} : { acceptedBy: row.accepted_by }),
    ...(row.note === null ? {} : { note: row.note }),
    ...(withText ? { definition: row.definition } : {}),
  };
}

export interface Acceptance {
  readonly connection: string;
  readonly tool: string;
  readonly digest: string;
  /** `issuer#subject` of the operator. */
  readonly principal: string;
  readonly note: string | undefined;
  readonly at: Date;
}

/** Accepts one pending definition. Refused when it is accepted already, or not known. */
export function acceptanceGuard({ connection, tool, digest, principal, note, at }: Acceptance): Guard {
  return {
    text: `update countersign.tool_definition set accepted_at = $4, accepted_by = $5, note = $6
           where connection = $1 and tool = $2 and digest = $3 and accepted_at is null`,
    values: [connection, tool, digest, at, principal, note ?? null],
  };
}
