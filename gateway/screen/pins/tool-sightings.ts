import { hash } from 'node:crypto';
import type pg from 'pg';
import type { Logger } from 'pino';
import type { EntryDraft } from '../../../workflows/contract/entry.ts';
import type { ToolAlarm } from '../../../workflows/contract/tool-alarm.ts';
import { GuardRefused, LedgerUnavailable, type Guard, type Ledger } from '../../../workflows/evidence/ledger.ts';
import type { KnownCall } from '../../call.ts';
import type { Config } from '../../config/config.ts';
import type { Masker } from '../../masking/masker.ts';
import { ScreeningFailed } from '../screening-failed.ts';
import { changedFields, definitionDigest, type ToolDefinition } from './tool-definition.ts';
import type { ConnectionPins, ToolPins } from './tool-pins.ts';
import { changeGuard, firstSightGuard, markAlarmed, returnGuard, type Move, type NewDefinition } from './tool-store.ts';

/** A tool as a server describes it in an answer. */
export interface OfferedTool {
  readonly name: string;
  readonly definition: ToolDefinition;
  /** The definition as the server wrote it. */
  readonly text: string;
}

/** Whose call made the tools be seen. */
export type Witness = Pick<KnownCall, 'callId' | 'sessionId' | 'principal'> & { readonly connection: string };

export interface SightingParts {
  readonly pool: pg.Pool;
  readonly pins: ToolPins;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly masker: Masker;
  readonly config: () => Config;
  readonly now: () => Date;
  /** Hands an alarm on, once per definition whoever asks. */
  readonly raiseAlarm: (alarm: ToolAlarm) => Promise<void>;
  readonly log: Logger;
}

const nameCharsMax = 256;
const definitionBytesMax = 256 * 1024;
const toolsPerConnectionMax = 2_000;
const pagesRememberedMax = 1_000;
const entriesPerAppendMax = 200;
/** Gateways that see the same tools at once take turns; this often one of them may lose. */
const attemptsMax = 5;
/** A tool that changes again and again is alarmed this often, until somebody accepts a definition. */
const alarmsPerToolMax = 5;
const alarmAgainAfterMs = 30_000;

interface Sight {
  readonly name: string;
  readonly digest: string;
}

/**
 * Compares the tools of an answer with what is known of them, and writes down what is new: in one commit each, the
 * state of the tool and the entry that tells of it. The first definition of a tool is taken as it is; every other one
 * waits for a person.
 */
export class ToolSightings {
  readonly #parts: SightingParts;
  /** What a page of tools holds, by its hash: most pages are the ones that were seen before. */
  readonly #pages = new Map<string, readonly Sight[]>();
  /** When an alarm was last handed on, or tried to be, in Unix milliseconds. */
  readonly #alarmedAtMs = new Map<string, number>();

  constructor(parts: SightingParts) {
    this.#parts = parts;
  }

  /**
   * `page` is the exact text that the tools were read from. Returns the names of those that cannot be pinned, and must
   * not be shown. Throws ScreeningFailed, MaskingFailed.
   */
  async observe(witness: Witness, page: string, read: () => readonly OfferedTool[]): Promise<ReadonlySet<string>> {
    const { pins } = this.#parts;
    const key = hash('sha256', `${witness.connection}\n${page}`, 'base64');
    const seen = this.#pages.get(key);
    const known = await pins.of(witness.connection);
    this.#alarmAgain(witness.connection, known);
    if (seen?.every(({ name, digest }) => known.pins.get(name)?.digest === digest) === true) return nothing;
    const offered = read();
    const unpinnable = unpinnableOf(offered, known);
    const tools = offered.filter(({ name }) => !unpinnable.has(name));
    const sights = strictest(tools, known);
    await this.#record(witness, sights, known);
    if (unpinnable.size === 0) this.#remember(key, [...sights.values()]);
    return unpinnable;
  }

  async #record(witness: Witness, sights: ReadonlyMap<string, Sight & OfferedTool>, known: ConnectionPins) {
    let state = known;
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const news = [...sights.values()].filter(({ name, digest }) => state.pins.get(name)?.digest !== digest);
      if (news.length === 0) return;
      try {
        for (let at = 0; at < news.length; at += entriesPerAppendMax) {
          await this.#write(witness, news.slice(at, at + entriesPerAppendMax), state);
        }
      } catch (error) {
        if (error instanceof LedgerUnavailable) throw new ScreeningFailed(unrecorded, { cause: error });
        if (!(error instanceof GuardRefused)) throw error;
      }
      state = await this.#parts.pins.again(witness.connection);
      this.#alarmAgain(witness.connection, state);
    }
    throw new ScreeningFailed('its tools change faster than they can be compared; list them again');
  }

  async #write(witness: Witness, news: readonly (Sight & OfferedTool)[], state: ConnectionPins): Promise<void> {
    const { connection } = witness;
    const at = this.#parts.now();
    const first: NewDefinition[] = [];
    const changes: (NewDefinition & Move)[] = [];
    const returns: Move[] = [];
    const before = await this.#textsBefore(connection, news, state);
    for (const { name: tool, digest, text } of news) {
      const pin = state.pins.get(tool);
      if (pin === undefined) first.push({ tool, digest, definition: this.#masked(text), changed: [] });
      else if (state.known.get(tool)?.has(digest) === true) returns.push({ tool, before: pin.digest, digest });
      else {
        const definition = this.#masked(text);
        const changed = changedFields(before.get(pin.digest), definition);
        changes.push({ tool, before: pin.digest, digest, definition, changed });
      }
    }
    const accepted = (move: Move): boolean => state.known.get(move.tool)?.get(move.digest) === true;
    await this.#append(
      first.map((each) => sightEntry(witness, 'tool.seen', 'first_sight', each)),
      firstSightGuard(connection, first, at),
    );
    await this.#append(
      changes.map((each) => sightEntry(witness, 'tool.changed', 'pending', each)),
      changeGuard(connection, changes, at),
    );
    await this.#append(
      returns.map((each) => sightEntry(witness, 'tool.seen', accepted(each) ? 'accepted' : 'pending', each)),
      returnGuard(connection, returns, at),
    );
  }

  async #append(drafts: readonly EntryDraft[], guard: Guard): Promise<void> {
    if (drafts.length > 0) await this.#parts.ledger.append(drafts, guard);
  }

  async #textsBefore(connection: string, news: readonly Sight[], state: ConnectionPins) {
    const digests = news.flatMap(({ name }) => state.pins.get(name)?.digest ?? []);
    return digests.length === 0 ? new Map<string, string>() : this.#parts.pins.texts(connection, digests);
  }

  #masked(text: string): string {
    return this.#parts.masker.maskJson(Buffer.from(text)).bytes.toString('utf8');
  }

  /** An alarm that could not be handed on is tried again whenever the tools of its connection are looked at. */
  #alarmAgain(connection: string, { unalarmed, known }: ConnectionPins): void {
    const nowMs = this.#parts.now().getTime();
    for (const { tool, digest } of unalarmed) {
      const pending = [...(known.get(tool)?.values() ?? [])].filter((accepted) => !accepted).length;
      const lastMs = this.#alarmedAtMs.get(digest);
      if (pending > alarmsPerToolMax || (lastMs !== undefined && nowMs - lastMs < alarmAgainAfterMs)) continue;
      this.#alarmedAtMs.set(digest, nowMs);
      void this.#alarm(connection, tool, digest).finally(
        () => this.#alarmedAtMs.size > 1_000 && this.#alarmedAtMs.clear(),
      );
    }
  }

  async #alarm(connection: string, tool: string, digest: string): Promise<void> {
    const { pool, masker, config, now, raiseAlarm, log } = this.#parts;
    try {
      const { rows } = await pool.query<{ changed: string[]; first_seen_at: Date }>(
        `select changed, first_seen_at from countersign.tool_definition
         where connection = $1 and tool = $2 and digest = $3 and alarmed_at is null`,
        [connection, tool, digest],
      );
      const [row] = rows;
      if (row === undefined) return;
      const callsAre = config().policy.defaultApproval === undefined ? 'blocked' : 'held';
      const seenAt = row.first_seen_at.toISOString();
      await raiseAlarm({
        connection,
        tool: masker.maskText(tool).text,
        digest,
        changed: row.changed,
        callsAre,
        seenAt,
      });
      await markAlarmed(pool, connection, tool, digest, now());
    } catch (error) {
      log.warn({ connection, digest, reason: (error as Error).message }, 'an alarm waits: a tool changed');
    }
  }

  #remember(page: string, sights: readonly Sight[]): void {
    const oldest = this.#pages.keys().next();
    if (this.#pages.size >= pagesRememberedMax && oldest.done !== true) this.#pages.delete(oldest.value);
    this.#pages.set(
      page,
      sights.map(({ name, digest }) => ({ name, digest })),
    );
  }
}

const nothing: ReadonlySet<string> = new Set();
const unrecorded = 'what is new of its tools cannot be recorded now; try again shortly';

/** One sight per name. A server that shows two definitions under one name is taken by the one nobody accepted. */
function strictest(tools: readonly OfferedTool[], { known }: ConnectionPins): ReadonlyMap<string, Sight & OfferedTool> {
  const sights = new Map<string, Sight & OfferedTool>();
  for (const tool of tools) {
    const sight = { ...tool, digest: definitionDigest(tool.definition, tool.text) };
    const isAccepted = known.get(tool.name)?.get(sight.digest) === true;
    if (!sights.has(tool.name) || !isAccepted) sights.set(tool.name, sight);
  }
  return sights;
}

/** What PostgreSQL could not hold, or should not: endless names, endless texts, endless lists. */
function unpinnableOf(offered: readonly OfferedTool[], { pins }: ConnectionPins): ReadonlySet<string> {
  const unpinnable = new Set<string>();
  const fresh = new Set<string>();
  for (const { name, text } of offered) {
    if (!pins.has(name)) fresh.add(name);
    const tooMany = fresh.has(name) && pins.size + fresh.size > toolsPerConnectionMax;
    const namable = name !== '' && name.length <= nameCharsMax && !name.includes('\0') && name.isWellFormed();
    if (tooMany || !namable || Buffer.byteLength(text) > definitionBytesMax) unpinnable.add(name);
  }
  return unpinnable;
}

function sightEntry(
  { connection, callId, sessionId, principal }: Witness,
  kind: 'tool.seen' | 'tool.changed',
  outcome: string,
  sight: Move | NewDefinition,
): EntryDraft {
  const { tool, digest } = sight;
  return {
    kind,
    callId,
    sessionId,
    connection,
    principal,
    tool,
    outcome,
    facts: {
      digest,
      ...('before' in sight ? { before: sight.before } : {}),
      ...('changed' in sight && sight.changed.length > 0 ? { changed: sight.changed } : {}),
    },
    ...('definition' in sight ? { body: { bytes: Buffer.from(sight.definition), mediaType: 'application/json' } } : {}),
  };
}
