import type { Effect } from '../../command.ts';
import type { Fields, Told } from '../told.ts';

const told = (construct: string, effects: readonly Effect[]): Told => ({ construct, effects });
const read = ['read'] as const;
const ddl = ['ddl'] as const;
const admin = ['admin'] as const;
const ddlAdmin = ['ddl', 'admin'] as const;
const ddlDestroy = ['ddl', 'destroy'] as const;

/**
 * What statements do, as far as their kind tells. Queries, changes of rows and whatever runs something are read by
 * `readers.ts`. What is in neither is unknown.
 */
export const statements: Readonly<Record<string, Told | ((fields: Fields) => Told)>> = {
  // Looks
  Assert: told('ASSERT', read),
  Close: told('CLOSE', read),
  Deallocate: told('DEALLOCATE', read),
  Declare: told('DECLARE', read),
  ExplainTable: told('DESCRIBE', read),
  Fetch: told('FETCH', read),
  If: told('IF', read),
  List: told('LIST of a stage', read),
  Open: told('OPEN of a cursor', read),
  Print: told('PRINT', read),
  RaisError: told('RAISERROR', read),
  ReleaseSavepoint: told('RELEASE SAVEPOINT', read),
  Return: told('RETURN', read),
  Savepoint: told('SAVEPOINT', read),
  ShowCatalogs: told('SHOW', read),
  ShowCharset: told('SHOW', read),
  ShowCollation: told('SHOW', read),
  ShowColumns: told('SHOW', read),
  ShowCreate: told('SHOW', read),
  ShowDatabases: told('SHOW', read),
  ShowFunctions: told('SHOW', read),
  ShowObjects: told('SHOW', read),
  ShowProcessList: told('SHOW', read),
  ShowSchemas: told('SHOW', read),
  ShowStatus: told('SHOW', read),
  ShowTables: told('SHOW', read),
  ShowVariable: told('SHOW', read),
  ShowVariables: told('SHOW', read),
  ShowViews: told('SHOW', read),

  // The session and the server
  AlterSession: told('ALTER SESSION', admin),
  Analyze: told('ANALYZE', admin),
  Commit: told('COMMIT', admin),
  Discard: told('DISCARD', admin),
  Flush: told('FLUSH', admin),
  Kill: told('KILL', admin),
  LockTables: told('LOCK TABLES', admin),
  OptimizeTable: told('OPTIMIZE TABLE', admin),
  Pragma: readPragma,
  Reset: told('RESET', admin),
  Rollback: ({ savepoint }) =>
    savepoint === null || savepoint === undefined ? told('ROLLBACK', admin) : told('ROLLBACK TO SAVEPOINT', read),
  Set: readSet,
  StartTransaction: ({ modes }) => told('BEGIN', JSON.stringify(modes ?? []).includes('ReadWrite') ? admin : read),
  UnlockTables: told('UNLOCK TABLES', admin),
  Use: told('USE', admin),
  Vacuum: told('VACUUM', admin),
  WaitFor: told('WAITFOR', admin),
  LISTEN: told('LISTEN', read),
  UNLISTEN: told('UNLISTEN', read),
  NOTIFY: told('NOTIFY', ['write']),

  // Roles and privileges
  AlterPolicy: told('ALTER POLICY', ddlAdmin),
  AlterRole: told('ALTER ROLE', admin),
  AlterUser: told('ALTER USER', admin),
  CreatePolicy: told('CREATE POLICY', ddlAdmin),
  CreateRole: told('CREATE ROLE', admin),
  CreateUser: told('CREATE USER', admin),
  Deny: told('DENY', admin),
  DropPolicy: told('DROP POLICY', ['ddl', 'destroy', 'admin']),
  Grant: told('GRANT', admin),
  Revoke: told('REVOKE', admin),

  // Files, libraries, other hosts
  AttachDatabase: told('ATTACH DATABASE', ['write', 'admin']),
  AttachDuckDBDatabase: told('ATTACH DATABASE', ['write', 'admin']),
  DetachDuckDBDatabase: told('DETACH DATABASE', admin),
  CopyIntoSnowflake: ({ kind }) =>
    kind === 'Table'
      ? told('COPY INTO a table', ['write', 'network'])
      : told('COPY INTO a stage', ['write', 'network']),
  CreateConnector: told('CREATE CONNECTOR', ['ddl', 'admin', 'network']),
  CreateExtension: told('CREATE EXTENSION', ['ddl', 'admin', 'execute']),
  CreateServer: told('CREATE SERVER', ['ddl', 'admin', 'network']),
  CreateStage: told('CREATE STAGE', ['ddl', 'network']),
  CreateVirtualTable: told('CREATE VIRTUAL TABLE', ['ddl', 'execute']),
  Directory: told('INSERT OVERWRITE DIRECTORY', ['write', 'admin']),
  DropExtension: told('DROP EXTENSION', ['ddl', 'destroy', 'admin']),
  ExportData: told('EXPORT DATA', ['read', 'write', 'network']),
  Install: told('INSTALL of an extension', ['admin', 'execute', 'network']),
  Load: told('LOAD of an extension', ['admin', 'execute']),
  LoadData: told('LOAD DATA', ['write', 'admin']),
  Remove: told('REMOVE of staged files', ['write', 'destroy']),
  Unload: told('UNLOAD', ['read', 'write', 'network']),

  // Tables and what belongs to them
  AlterIndex: told('ALTER INDEX', ddl),
  AlterSchema: told('ALTER SCHEMA', ddl),
  AlterTable: readAlterTable,
  AlterType: told('ALTER TYPE', ddl),
  AlterView: told('ALTER VIEW', ddl),
  Comment: told('COMMENT', ddl),
  CreateDatabase: told('CREATE DATABASE', ddlAdmin),
  CreateDomain: told('CREATE DOMAIN', ddl),
  CreateIndex: told('CREATE INDEX', ddl),
  CreateSchema: told('CREATE SCHEMA', ddl),
  CreateSequence: told('CREATE SEQUENCE', ddl),
  CreateTable: ({ query }) =>
    query === null || query === undefined ? told('CREATE TABLE', ddl) : told('CREATE TABLE AS', ['ddl', 'write']),
  CreateType: told('CREATE TYPE', ddl),
  CreateView: told('CREATE VIEW', ddl),
  Drop: ({ object_type }) => told(`DROP ${wordsOf(object_type)}`, dropEffects(object_type)),
  DropDomain: told('DROP DOMAIN', ddlDestroy),
  DropFunction: told('DROP FUNCTION', ddlDestroy),
  DropProcedure: told('DROP PROCEDURE', ddlDestroy),
  DropTrigger: told('DROP TRIGGER', ddlDestroy),
  RenameTable: told('RENAME TABLE', ddl),
  Truncate: told('TRUNCATE', ddlDestroy),

  // Code that is kept for later
  CreateFunction: told('CREATE FUNCTION', ['ddl', 'execute']),
  CreateMacro: told('CREATE MACRO', ['ddl', 'execute']),
  CreateProcedure: told('CREATE PROCEDURE', ['ddl', 'execute']),
  CreateTrigger: told('CREATE TRIGGER', ['ddl', 'execute']),
};

/** The parser's own names of kinds of objects (`MaterializedView`), in SQL's words. */
function wordsOf(objectType: unknown): string {
  return typeof objectType === 'string' ? objectType.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toUpperCase() : 'OBJECT';
}

function dropEffects(objectType: unknown): readonly Effect[] {
  return objectType === 'Role' || objectType === 'User' ? ['admin', 'destroy'] : ddlDestroy;
}

function readAlterTable({ operations }: Fields): Told {
  const kinds = (Array.isArray(operations) ? operations : []).flatMap((one: unknown) =>
    typeof one === 'object' && one !== null ? Object.keys(one) : [],
  );
  if (kinds.some((kind) => /^(Drop(Column|Partition)|Truncate)/.test(kind))) {
    return told('ALTER TABLE that drops a column', ddlDestroy);
  }
  return told('ALTER TABLE', ddl);
}

/** PRAGMA of SQLite: without a value they look, but for these, which do something by themselves. */
const doing = /^(optimize|incremental_vacuum|wal_checkpoint|shrink_memory)$/i;

function readPragma({ name, value }: Fields): Told {
  const last = Array.isArray(name) ? (name.at(-1) as { readonly Identifier?: { readonly value?: string } }) : undefined;
  const looks = (value === null || value === undefined) && !doing.test(last?.Identifier?.value ?? 'optimize');
  return told('PRAGMA', looks ? read : admin);
}

/** A variable of the session, which is not a setting, begins with one `@`. */
function readSet(fields: Fields): Told {
  const { variable } = (fields['SingleAssignment'] ?? {}) as Fields;
  const [first] = (Array.isArray(variable) ? variable : []) as readonly { Identifier?: { value?: string } }[];
  if (/^@[^@]/.test(first?.Identifier?.value ?? '')) return told('SET of a variable', read);
  const { Generic: generic } = (fields['SetSessionParam'] ?? {}) as { readonly Generic?: { names?: unknown } };
  const names = generic?.names;
  const isNoCount = Array.isArray(names) && names.length === 1 && String(names[0]).toLowerCase() === 'nocount';
  return isNoCount ? told('SET NOCOUNT', read) : told('SET of a setting', admin);
}
