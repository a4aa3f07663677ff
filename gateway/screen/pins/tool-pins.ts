import type pg from 'pg';
import type { Json } from '../../../workflows/contract/call.ts';
import type { KnownCall } from '../../call.ts';
import { hintsOf } from '../../policy/annotations.ts';
import type { ToolAnnotations } from '../../policy/judge-input.ts';
import { takesReason } from '../../purpose/reason-argument.ts';
import { deadline } from '../deadline.ts';
import { ScreeningFailed } from '../screening-failed.ts';
import type { ToolPin } from './tool-pin.ts';
import { parseDefinition, schemaOf } from './tool-definition.ts';
import { paramHeadersOf, type ParamHeader } from './tool-headers.ts';
import { loadChanges, loadDefinitions, loadTexts, type StoredDefinition } from './tool-store.ts';

/** What all gateways know may be this old in one of them. */
const cacheMsMax = 1_000;
const databaseMsMax = 2_000;

/** The tools of one connection as they stood a moment ago. */
export interface ConnectionPins {
  readonly pins: ReadonlyMap<string, ToolPin>;
  /** Every definition that is known of a tool: digest → accepted. */
  readonly known: ReadonlyMap<string, ReadonlyMap<string, boolean>>;
  /** Pending definitions whose alarm nobody has taken yet. */
  readonly unalarmed: readonly StoredDefinition[];
}

/** What calls need of a definition. */
interface ReadDefinition {
  readonly paramHeaders: readonly ParamHeader[];
  readonly outputSchema: { readonly [key: string]: Json } | undefined;
  readonly hints: ToolAnnotations['hints'];
  readonly takesReason: boolean;
}

interface Cached extends ConnectionPins {
  /** The connection's changes before it was read. */
  readonly changes: string | undefined;
  /** Of the current definitions, by digest. */
  readonly definitions: ReadonlyMap<string, ReadDefinition>;
}

interface Changes {
  readonly readAtMs: number;
  readonly by: ReadonlyMap<string, string>;
}

export interface ToolPinParts {
  readonly pool: pg.Pool;
  readonly now: () => Date;
}

/**
 * What is known of tools, at hand. While calls come, PostgreSQL is asked once a second what has changed, of all
 * connections at once; only the tools of a connection that has changed are read again, and definitions, which never
 * change under their digest, once.
 */
export class ToolPins {
  readonly #parts: ToolPinParts;
  readonly #cached = new Map<string, Cached>();
  #changes: Changes | undefined;
  #readingChanges: Promise<Changes> | undefined;
  readonly #loading = new Map<string, Promise<Cached>>();

  constructor(parts: ToolPinParts) {
    this.#parts = parts;
  }

  /** At most a second old. Throws ScreeningFailed when the database does not answer. */
  async of(connection: string): Promise<ConnectionPins> {
    const changes = await this.#ask(this.#changesNow());
    const cached = this.#cached.get(connection);
    return cached !== undefined && cached.changes === changes.get(connection) ? cached : this.#load(connection);
  }

  /** Reads again, whatever the age: something has changed. */
  async again(connection: string): Promise<ConnectionPins> {
    // A reading that began before the change may miss it.
    await this.#loading.get(connection)?.catch(() => undefined);
    return this.#load(connection);
  }

  /** The schema that results of a tool promise to fit, in the definition last seen. */
  outputSchemaOf(connection: string, tool: string): { readonly [key: string]: Json } | undefined {
    return this.#definitionOf(connection, tool)?.outputSchema;
  }

  /** Whether a tool has an argument of its own by the name of ours. */
  takesReason(connection: string, tool: string): boolean {
    return this.#definitionOf(connection, tool)?.takesReason === true;
  }

  /** The arguments of a tool that its callers repeat in headers. */
  paramHeadersOf(connection: string, tool: string): readonly ParamHeader[] {
    return this.#definitionOf(connection, tool)?.paramHeaders ?? [];
  }

  /** The masked definitions behind digests. */
  async texts(connection: string, digests: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#ask(loadTexts(this.#parts.pool, connection, digests));
  }

  #definitionOf(connection: string, tool: string): ReadDefinition | undefined {
    const cached = this.#cached.get(connection);
    const pin = cached?.pins.get(tool);
    return pin === undefined ? undefined : cached?.definitions.get(pin.digest);
  }

  async #load(connection: string): Promise<Cached> {
    const loading = this.#loading.get(connection) ?? this.#read(connection);
    this.#loading.set(connection, loading);
    try {
      return await this.#ask(loading);
    } finally {
      this.#loading.delete(connection);
    }
  }

  async #changesNow(): Promise<ReadonlyMap<string, string>> {
    const nowMs = this.#parts.now().getTime();
    const ageMs = nowMs - (this.#changes?.readAtMs ?? 0);
    if (this.#changes !== undefined && ageMs >= 0 && ageMs < cacheMsMax) return this.#changes.by;
    this.#readingChanges ??= loadChanges(this.#parts.pool)
      .then((by) => (this.#changes = { readAtMs: nowMs, by }))
      .finally(() => (this.#readingChanges = undefined));
    return (await this.#readingChanges).by;
  }

  async #read(connection: string): Promise<Cached> {
    // Before the tools: what changes meanwhile is found to have changed, and read again.
    const changes = (await this.#changesNow()).get(connection);
    const rows = await loadDefinitions(this.#parts.pool, connection);
    const current = rows.filter((row) => row.current);
    const definitions = await this.#readDefinitions(connection, current);
    const known = new Map<string, Map<string, boolean>>();
    for (const { tool, digest, accepted } of rows) {
      const digests = known.get(tool) ?? new Map<string, boolean>();
      known.set(tool, digests.set(digest, accepted));
    }
    const cached: Cached = {
      changes,
      definitions,
      pins: new Map(current.map((row) => [row.tool, pinOf(row, definitions.get(row.digest))])),
      known,
      unalarmed: current.filter(({ accepted, alarmed }) => !accepted && !alarmed),
    };
    this.#cached.set(connection, cached);
    return cached;
  }

  /** What stood here before is not read again: under one digest a definition never changes. */
  async #readDefinitions(
    connection: string,
    current: readonly StoredDefinition[],
  ): Promise<ReadonlyMap<string, ReadDefinition>> {
    const before = this.#cached.get(connection)?.definitions;
    const definitions = new Map<string, ReadDefinition>();
    const unread: string[] = [];
    for (const { digest } of current) {
      const known = before?.get(digest);
      if (known === undefined) unread.push(digest);
      else definitions.set(digest, known);
    }
    if (unread.length === 0) return definitions;
    for (const [digest, text] of await loadTexts(this.#parts.pool, connection, unread)) {
      definitions.set(digest, readDefinition(text));
    }
    return definitions;
  }

  async #ask<T>(query: Promise<T>): Promise<T> {
    try {
      return await deadline(query, databaseMsMax);
    } catch (error) {
      throw new ScreeningFailed('what is known of the tools cannot be read now; try again shortly', { cause: error });
    }
  }
}

function pinOf({ digest, accepted }: StoredDefinition, definition: ReadDefinition | undefined): ToolPin {
  return definition === undefined ? { digest, accepted } : { digest, accepted, hints: definition.hints };
}

function readDefinition(text: string): ReadDefinition {
  const definition = parseDefinition(text);
  return {
    paramHeaders: paramHeadersOf(definition?.['inputSchema']),
    outputSchema: schemaOf(definition, 'outputSchema'),
    hints: hintsOf(definition),
    takesReason: takesReason(definition?.['inputSchema']),
  };
}

/** A call of a tool, which is what pins are about. */
export function isToolCall({ kind, method, tool }: Pick<KnownCall, 'kind' | 'method' | 'tool'>): boolean {
  return kind === 'request' && method === 'tools/call' && tool !== undefined;
}
