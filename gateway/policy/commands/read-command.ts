import type { Json } from '../../../workflows/contract/call.ts';
import type { Connection } from '../../config/config.ts';
import { toolSettings } from '../../config/tool-settings.ts';
import { pathOf, valueAt } from '../../json-pointer.ts';
import type { CommandPlace } from './place.ts';
import { readDialect } from './read-dialect.ts';
import { unreadable, type Command, type Dialect, type System } from './command.ts';
import { readSql } from './sql/read-sql.ts';

const systemOf: Readonly<Record<Dialect, System>> = {
  postgres: 'sql',
  mysql: 'sql',
  mssql: 'sql',
  sqlite: 'sql',
  snowflake: 'sql',
  bigquery: 'sql',
  sql: 'sql',
  bash: 'shell',
  kubectl: 'kubernetes',
  helm: 'infrastructure',
  terraform: 'infrastructure',
  aws: 'infrastructure',
  gcloud: 'infrastructure',
  az: 'infrastructure',
  kubernetes: 'kubernetes',
  http: 'http',
  config: 'config',
};

/** Longer ones are not read, so they are unknown: reading takes time. In UTF-16 units. */
const commandLengthMax = 65_536;

/** What the command of a call would do; undefined when nobody said that this tool has one. */
export function commandOf(connection: Connection, tool: string | undefined, args: Json | undefined) {
  if (tool === undefined) return undefined;
  const { dialect, field } = toolSettings(connection, tool);
  return dialect === undefined ? undefined : readCommand({ tool, dialect, field, args });
}

/** Where a command usually is, when nobody said. With several of them present, nobody knows which one is run. */
const usualFields = ['/sql', '/query', '/statement'];

/** PURE. What a command would do. Never throws, and takes what it cannot read for `unknown`. */
export function readCommand(place: CommandPlace): Command {
  const { dialect, field, args } = place;
  const system = systemOf[dialect];
  if (system !== 'sql') return readDialect(place, system);
  const text = typeof field === 'string' ? valueAt(args, pathOf(field)) : usualText(args);
  if (typeof text !== 'string') return unreadable(dialect, system, 'no command where one is expected');
  if (text.length > commandLengthMax) return unreadable(dialect, system, 'a command too long to be read');
  return { dialect, acts: readSql(dialect, text) };
}

function usualText(args: Json | undefined): Json | undefined {
  const present = usualFields.map((field) => valueAt(args, pathOf(field))).filter((value) => value !== undefined);
  return present.length === 1 ? present[0] : undefined;
}
