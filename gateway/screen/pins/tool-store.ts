import type pg from 'pg';
import type { Guard } from '../../../workflows/evidence/ledger.ts';

/** One definition of one tool, as the database knows it. Texts are masked. */
export interface StoredDefinition {
  readonly tool: string;
  readonly digest: string;
  readonly accepted: boolean;
  /** The tool was last seen with this one. */
  readonly current: boolean;
  readonly alarmed: boolean;
}

/** A definition nobody has seen before. */
export interface NewDefinition {
  readonly tool: string;
  readonly digest: string;
  readonly definition: string;
  readonly changed: readonly string[];
}

/** A tool that was last seen with `before` and now with `digest`. */
export interface Move {
  readonly tool: string;
  readonly before: string;
  readonly digest: string;
}

/** Of the definitions of one tool that nobody accepted, this many are kept: some servers never say the same twice. */
const pendingPerToolMax = 20;

/** How often anything about the tools of each connection has changed, as a text, since it is only compared. */
export async function loadChanges(pool: pg.Pool): Promise<ReadonlyMap<string, string>> {
  const { rows } = await pool.query<{ connection: string; changes: string }>({
    name: 'load-tool-changes',
    text: 'select connection, changes from countersign.tool_change',
  });
  return new Map(rows.map(({ connection, changes }) => [connection, changes]));
}

/** All small facts about a connection's tools: the one query behind the cache. */
export async function loadDefinitions(pool: pg.Pool, connection: string): Promise<readonly StoredDefinition[]> {
  const { rows } = await pool.query<StoredDefinition>({
    name: 'load-tool-definitions',
    text: `select d.tool, d.digest, d.accepted_at is not null as accepted, d.alarmed_at is not null as alarmed,
                  p.digest is not null as current
           from countersign.tool_definition d
           left join countersign.tool_pin p using (connection, tool, digest)
           where d.connection = $1`,
    values: [connection],
  });
  return rows;
}

/** The texts of definitions, by digest. */
export async function loadTexts(
  pool: pg.Pool,
  connection: string,
  digests: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await pool.query<{ digest: string; definition: string }>({
    name: 'load-tool-texts',
    text: `select digest, definition from countersign.tool_definition where connection = $1 and digest = any ($2)`,
    values: [connection, digests],
  });
  return new Map(rows.map(({ digest, definition }) => [digest, definition]));
}

/** First sights. Refused when another gateway saw one of these tools meanwhile. */
export function firstSightGuard(connection: string, first: readonly NewDefinition[], at: Date): Guard {
  return {
    text: `with seen as (
             insert into countersign.tool_definition (connection, tool, digest, definition, first_seen_at, accepted_at)
             select $1, tool, digest, definition, $5, $5
             from unnest($2::text[], $3::text[], $4::text[]) as sight (tool, digest, definition)
             returning tool, digest)
           , pinned as (
             insert into countersign.tool_pin (connection, tool, digest, since)
             select $1, tool, digest, $5 from seen)
           select 1`,
    values: [connection, ...columns(first), at],
  };
}

/** Changes to definitions nobody has seen before: they wait for acceptance. Refused when a tool moved meanwhile. */
export function changeGuard(connection: string, changes: readonly (NewDefinition & Move)[], at: Date): Guard {
  return {
    text: `with change as (
             select * from unnest($2::text[], $3::text[], $4::text[], $6::text[], $7::text[])
               as c (tool, digest, definition, before, changed))
           , defined as (
             insert into countersign.tool_definition (connection, tool, digest, definition, changed, first_seen_at)
             select $1, tool, digest, definition, string_to_array(changed, ','), $5 from change)
           , moved as (
             update countersign.tool_pin pin set digest = change.digest, since = $5
             from change where pin.connection = $1 and pin.tool = change.tool and pin.digest = change.before
             returning 1)
           , forgotten as (
             delete from countersign.tool_definition old using (
               select tool, digest, row_number() over (partition by tool order by first_seen_at desc) as place
               from countersign.tool_definition
               where connection = $1 and accepted_at is null and tool = any ($2)) as pending
             where old.connection = $1 and old.tool = pending.tool and old.digest = pending.digest
               and pending.place >= ${pendingPerToolMax})
           select 1 where (select count(*) from moved) = cardinality($2)`,
    values: [
      connection,
      ...columns(changes),
      at,
      changes.map(({ before }) => before),
      changes.map(({ changed }) => changed.join(',')),
    ],
  };
}

/** Returns to definitions that are known, accepted or not. Refused when a tool moved meanwhile. */
export function returnGuard(connection: string, moves: readonly Move[], at: Date): Guard {
  return {
    text: `with change as (select * from unnest($2::text[], $3::text[], $4::text[]) as c (tool, before, digest))
           , moved as (
             update countersign.tool_pin pin set digest = change.digest, since = $5
             from change where pin.connection = $1 and pin.tool = change.tool and pin.digest = change.before
               and exists (select from countersign.tool_definition d
                           where d.connection = $1 and d.tool = change.tool and d.digest = change.digest)
             returning 1)
           select 1 where (select count(*) from moved) = cardinality($2)`,
    values: [
      connection,
      moves.map(({ tool }) => tool),
      moves.map(({ before }) => before),
      moves.map(({ digest }) => digest),
      at,
    ],
  };
}

export async function markAlarmed(pool: pg.Pool, connection: string, tool: string, digest: string, at: Date) {
  await pool.query(
    `update countersign.tool_definition set alarmed_at = $4
     where connection = $1 and tool = $2 and digest = $3 and alarmed_at is null`,
    [connection, tool, digest, at],
  );
}

function columns(definitions: readonly NewDefinition[]) {
  return [
    definitions.map(({ tool }) => tool),
    definitions.map(({ digest }) => digest),
    definitions.map(({ definition }) => definition),
  ] as const;
}
