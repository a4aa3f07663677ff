import type { Effect } from '../../command.ts';
import type { Fields, Told } from '../told.ts';
import { readSet, readTransaction } from './session.ts';

const ddl = ['ddl'] as const;
const admin = ['admin'] as const;
const ddlAdmin = ['ddl', 'admin'] as const;

const told = (construct: string, effects: readonly Effect[]): Told => ({ construct, effects });

/**
 * What statements do, as far as their kind tells. Queries, changes of rows, COPY, EXPLAIN, PREPARE and whatever has a
 * body are read by `walk.ts`. What is in neither is unknown.
 */
export const statements: Readonly<Record<string, Told | ((fields: Fields) => Told)>> = {
  // Roles and privileges
  GrantStmt: ({ is_grant }) => told(is_grant === true ? 'GRANT' : 'REVOKE', admin),
  GrantRoleStmt: ({ is_grant }) => told(is_grant === true ? 'GRANT of a role' : 'REVOKE of a role', admin),
  AlterDefaultPrivilegesStmt: told('ALTER DEFAULT PRIVILEGES', admin),
  CreateRoleStmt: told('CREATE ROLE', admin),
  AlterRoleStmt: told('ALTER ROLE', admin),
  AlterRoleSetStmt: told('ALTER ROLE SET', admin),
  DropRoleStmt: told('DROP ROLE', ['admin', 'destroy']),
  DropOwnedStmt: told('DROP OWNED', ['ddl', 'destroy', 'admin']),
  ReassignOwnedStmt: told('REASSIGN OWNED', admin),
  AlterOwnerStmt: ({ objectType }) => told(`ALTER ${wordsOf(objectType)} OWNER`, ddlAdmin),
  CreatePolicyStmt: told('CREATE POLICY', ddlAdmin),
  AlterPolicyStmt: told('ALTER POLICY', ddlAdmin),
  SecLabelStmt: told('SECURITY LABEL', admin),

  // The session and the server
  TransactionStmt: readTransaction,
  VariableSetStmt: readSet,
  VariableShowStmt: told('SHOW', ['read']),
  ConstraintsSetStmt: told('SET CONSTRAINTS', admin),
  DiscardStmt: told('DISCARD', admin),
  AlterSystemStmt: told('ALTER SYSTEM', admin),
  LoadStmt: told('LOAD of a library', ['admin', 'execute']),
  LockStmt: told('LOCK TABLE', admin),
  ListenStmt: told('LISTEN', ['read']),
  UnlistenStmt: told('UNLISTEN', ['read']),
  NotifyStmt: told('NOTIFY', ['write']),
  CheckPointStmt: told('CHECKPOINT', admin),
  VacuumStmt: ({ is_vacuumcmd }) => told(is_vacuumcmd === true ? 'VACUUM' : 'ANALYZE', admin),
  ClusterStmt: told('CLUSTER', admin),
  ReindexStmt: told('REINDEX', admin),
  RefreshMatViewStmt: told('REFRESH MATERIALIZED VIEW', ['write']),
  ClosePortalStmt: told('CLOSE', ['read']),
  FetchStmt: ({ ismove }) => told(ismove === true ? 'MOVE' : 'FETCH', ['read']),
  DeallocateStmt: told('DEALLOCATE', ['read']),

  // Databases, extensions, other servers
  CreatedbStmt: told('CREATE DATABASE', ddlAdmin),
  AlterDatabaseStmt: told('ALTER DATABASE', ddlAdmin),
  AlterDatabaseSetStmt: told('ALTER DATABASE SET', admin),
  AlterDatabaseRefreshCollStmt: told('ALTER DATABASE REFRESH COLLATION', ddlAdmin),
  DropdbStmt: told('DROP DATABASE', ['ddl', 'destroy']),
  CreateTableSpaceStmt: told('CREATE TABLESPACE', ddlAdmin),
  AlterTableSpaceOptionsStmt: told('ALTER TABLESPACE', ddlAdmin),
  AlterTableMoveAllStmt: told('ALTER ALL IN TABLESPACE', ddlAdmin),
  DropTableSpaceStmt: told('DROP TABLESPACE', ['ddl', 'destroy', 'admin']),
  CreateExtensionStmt: told('CREATE EXTENSION', ['ddl', 'admin', 'execute']),
  AlterExtensionStmt: told('ALTER EXTENSION', ddlAdmin),
  AlterExtensionContentsStmt: told('ALTER EXTENSION', ddlAdmin),
  CreateFdwStmt: told('CREATE FOREIGN DATA WRAPPER', ddlAdmin),
  AlterFdwStmt: told('ALTER FOREIGN DATA WRAPPER', ddlAdmin),
  CreateForeignServerStmt: told('CREATE SERVER', ['ddl', 'admin', 'network']),
  AlterForeignServerStmt: told('ALTER SERVER', ['ddl', 'admin', 'network']),
  CreateForeignTableStmt: told('CREATE FOREIGN TABLE', ['ddl', 'network']),
  ImportForeignSchemaStmt: told('IMPORT FOREIGN SCHEMA', ['ddl', 'network']),
  CreateUserMappingStmt: told('CREATE USER MAPPING', ddlAdmin),
  AlterUserMappingStmt: told('ALTER USER MAPPING', ddlAdmin),
  DropUserMappingStmt: told('DROP USER MAPPING', ['ddl', 'destroy', 'admin']),
  CreatePublicationStmt: told('CREATE PUBLICATION', ddlAdmin),
  AlterPublicationStmt: told('ALTER PUBLICATION', ddlAdmin),
  CreateSubscriptionStmt: told('CREATE SUBSCRIPTION', ['ddl', 'admin', 'network']),
  AlterSubscriptionStmt: told('ALTER SUBSCRIPTION', ['ddl', 'admin', 'network']),
  DropSubscriptionStmt: told('DROP SUBSCRIPTION', ['ddl', 'destroy', 'admin']),
  CreateEventTrigStmt: told('CREATE EVENT TRIGGER', ddlAdmin),
  AlterEventTrigStmt: told('ALTER EVENT TRIGGER', ddlAdmin),
  CreatePLangStmt: told('CREATE LANGUAGE', ddlAdmin),
  CreateAmStmt: told('CREATE ACCESS METHOD', ddlAdmin),

  // Tables and what belongs to them
  CreateStmt: told('CREATE TABLE', ddl),
  AlterTableStmt: alterTable,
  TruncateStmt: told('TRUNCATE', ['ddl', 'destroy']),
  DropStmt: ({ removeType }) => told(`DROP ${wordsOf(removeType)}`, dropEffects(removeType)),
  IndexStmt: told('CREATE INDEX', ddl),
  CreateSeqStmt: told('CREATE SEQUENCE', ddl),
  AlterSeqStmt: told('ALTER SEQUENCE', ddl),
  CreateSchemaStmt: told('CREATE SCHEMA', ddl),
  CreateTrigStmt: told('CREATE TRIGGER', ddl),
  RuleStmt: told('CREATE RULE', ddl),
  CreateStatsStmt: told('CREATE STATISTICS', ddl),
  AlterStatsStmt: told('ALTER STATISTICS', ddl),
  RenameStmt: ({ renameType }) => told(`ALTER ${wordsOf(renameType)} RENAME`, ddl),
  AlterObjectSchemaStmt: ({ objectType }) => told(`ALTER ${wordsOf(objectType)} SET SCHEMA`, ddl),
  AlterObjectDependsStmt: ({ objectType }) => told(`ALTER ${wordsOf(objectType)} DEPENDS`, ddl),
  CommentStmt: told('COMMENT', ddl),

  // Types, functions, operators
  DefineStmt: ({ kind }) => told(`CREATE ${wordsOf(kind)}`, ddl),
  CompositeTypeStmt: told('CREATE TYPE', ddl),
  CreateEnumStmt: told('CREATE TYPE', ddl),
  CreateRangeStmt: told('CREATE TYPE', ddl),
  AlterEnumStmt: told('ALTER TYPE', ddl),
  AlterTypeStmt: told('ALTER TYPE', ddl),
  CreateDomainStmt: told('CREATE DOMAIN', ddl),
  AlterDomainStmt: told('ALTER DOMAIN', ddl),
  AlterCollationStmt: told('ALTER COLLATION', ddl),
  AlterFunctionStmt: told('ALTER FUNCTION', ddlAdmin),
  AlterOperatorStmt: told('ALTER OPERATOR', ddl),
  CreateOpClassStmt: told('CREATE OPERATOR CLASS', ddl),
  CreateOpFamilyStmt: told('CREATE OPERATOR FAMILY', ddl),
  AlterOpFamilyStmt: told('ALTER OPERATOR FAMILY', ddl),
  CreateCastStmt: told('CREATE CAST', ddl),
  CreateConversionStmt: told('CREATE CONVERSION', ddl),
  CreateTransformStmt: told('CREATE TRANSFORM', ddl),
  AlterTSDictionaryStmt: told('ALTER TEXT SEARCH DICTIONARY', ddl),
  AlterTSConfigurationStmt: told('ALTER TEXT SEARCH CONFIGURATION', ddl),
};

const objectWords: Readonly<Record<string, string>> = {
  FDW: 'FOREIGN DATA WRAPPER',
  FOREIGN_SERVER: 'SERVER',
  LARGEOBJECT: 'LARGE OBJECT',
  MATVIEW: 'MATERIALIZED VIEW',
  OPCLASS: 'OPERATOR CLASS',
  OPFAMILY: 'OPERATOR FAMILY',
  STATISTIC_EXT: 'STATISTICS',
  TSCONFIGURATION: 'TEXT SEARCH CONFIGURATION',
  TSDICTIONARY: 'TEXT SEARCH DICTIONARY',
  TSPARSER: 'TEXT SEARCH PARSER',
  TSTEMPLATE: 'TEXT SEARCH TEMPLATE',
};

/** The parser's own names of kinds of objects (`OBJECT_FOREIGN_TABLE`), in SQL's words. */
function wordsOf(objectType: unknown): string {
  const name = typeof objectType === 'string' ? objectType.replace(/^OBJECT_/, '') : 'OBJECT';
  return objectWords[name] ?? name.replaceAll('_', ' ');
}

const guards = new Set(
  ['ACCESS_METHOD', 'EVENT_TRIGGER', 'EXTENSION', 'FDW', 'FOREIGN_SERVER', 'LANGUAGE', 'POLICY', 'PUBLICATION'].map(
    (name) => `OBJECT_${name}`,
  ),
);

function dropEffects(removeType: unknown): readonly Effect[] {
  return guards.has(String(removeType)) ? ['ddl', 'destroy', 'admin'] : ['ddl', 'destroy'];
}

const losing = new Set(['AT_DropColumn', 'AT_DropExpression', 'AT_DropOids']);
/** Whom a table belongs to, whose rows are seen, and what watches it. */
const guarding = /RowSecurity$|^AT_ChangeOwner$|^AT_(Enable|Disable).*(Trig|Rule)|^AT_DetachPartition/;

function alterTable({ objtype, cmds }: Fields): Told {
  const kinds = (Array.isArray(cmds) ? cmds : []).map((cmd: { AlterTableCmd?: { subtype?: string } }) => {
    return cmd.AlterTableCmd?.subtype ?? '';
  });
  const words = `ALTER ${wordsOf(objtype)}`;
  if (kinds.some((kind) => losing.has(kind))) return told(`${words} that drops a column`, ['ddl', 'destroy']);
  if (kinds.some((kind) => guarding.test(kind))) return told(`${words} that changes its guards`, ddlAdmin);
  return told(words, ddl);
}
