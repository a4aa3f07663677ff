/** In what language an argument is written, or what a structured tool does. */
export const dialects = [
  'postgres',
  'mysql',
  'mssql',
  'sqlite',
  'snowflake',
  'bigquery',
  'sql',
  'bash',
  'kubectl',
  'helm',
  'terraform',
  'aws',
  'gcloud',
  'az',
  'kubernetes',
  'http',
  'config',
] as const;
export type Dialect = (typeof dialects)[number];

/** What is acted on. A command in one language may reach another: a shell runs `psql`, and `kubectl exec` runs a shell. */
export const systems = ['sql', 'shell', 'kubernetes', 'infrastructure', 'http', 'config'] as const;
export type System = (typeof systems)[number];

/**
 * What an act does to what it acts on.
 *
 * - *read*: looks, and changes nothing.
 * - *write*: changes data, files or objects.
 * - *destroy*: what it removes does not come back by itself. Comes in addition to another one.
 * - *ddl*: changes the shape of a database.
 * - *admin*: changes who may do what, how a system runs, or reaches out of it.
 * - *execute*: runs code of the caller's on the other side.
 * - *network*: talks to another host.
 * - *unknown*: cannot be told before it runs. Never read as harmless.
 */
export const effects = ['read', 'write', 'destroy', 'ddl', 'admin', 'execute', 'network', 'unknown'] as const;
export type Effect = (typeof effects)[number];

/** Names of what acts are done to, in lower case where the language does not tell cases apart. */
export type TargetKind =
  'relations' | 'functions' | 'programs' | 'verbs' | 'kinds' | 'namespaces' | 'methods' | 'hosts' | 'paths' | 'values';

/** One thing that a command would do. */
export interface Act {
  readonly system: System;
  /** At least one. */
  readonly effects: readonly Effect[];
  /** What it is, from a closed vocabulary: `DELETE without WHERE`, `rm -r`, `kubectl delete`. Never a literal of the caller's. */
  readonly construct: string;
  /** For matchers only. May hold what the caller wrote, so it never leaves this process. */
  readonly targets: Readonly<Partial<Record<TargetKind, readonly string[]>>>;
}

/** Everything that a command would do, as far as it can be told. At least one act; one of them may be `unknown`. */
export interface Command {
  readonly dialect: Dialect;
  readonly acts: readonly Act[];
}

/** PURE. A command of which nothing can be told, for a reason from a closed vocabulary: `a statement that does not parse`. */
export function unreadable(dialect: Dialect, system: System, construct: string): Command {
  return { dialect, acts: [{ system, effects: ['unknown'], construct, targets: {} }] };
}
