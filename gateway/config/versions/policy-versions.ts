import type pg from 'pg';
import type { Json } from '../../../workflows/contract/call.ts';
import type { EntryDraft } from '../../../workflows/contract/entry.ts';
import { GuardRefused, type Guard, type Ledger } from '../../../workflows/evidence/ledger.ts';
import { cutText } from '../../cut-text.ts';
import type { Config } from '../config.ts';
import { changedSettings } from './changed-settings.ts';
import { boundDiff, diffPolicies } from './policy-diff.ts';
import type { PolicyVersion } from './policy-version.ts';

/** With less than 8 KB of what differs, this fits into an entry; the row of the version has all sources. */
const sourcesToldMax = 8;
const settingsToldMax = 20;
const nameCharsMax = 120;

export interface PolicyVersionParts {
  readonly pool: pg.Pool;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly instance: string;
  readonly now: () => Date;
}

/** What ran before, as far as it is known. */
interface Earlier {
  readonly digest: string;
  /** Absent when the version was in force before versions were kept. */
  readonly document?: string;
}

/**
 * Keeps every version of the policy before it takes effect: its document in `countersign.policy_version`, and the change
 * in the ledger, in one commit. Each gateway records its own; of several that take up the same version, the first one's
 * change is `new` and the others' are `followed`.
 */
export class PolicyVersions {
  readonly #parts: PolicyVersionParts;
  /** Counts what was brought, so that bringing the same again is seen. */
  #brought = 0;
  #last: Config | undefined;

  constructor(parts: PolicyVersionParts) {
    this.#parts = parts;
  }

  /** Records the start of this gateway, whose lease is taken, and the change, if another version ran before. */
  async start({ policyVersion }: Config): Promise<void> {
    const { instance } = this.#parts;
    const { digest: policyDigest } = policyVersion;
    const started: EntryDraft = { kind: 'gateway.started', facts: { instance, policyDigest } };
    const earlier = await this.#lastInForce();
    if (earlier?.digest === policyDigest) await this.#append([started], this.#guard(policyVersion, 'followed'));
    else await this.#recordChange(policyVersion, changeFacts(earlier, policyVersion), [started]);
  }

  /** Throws when it cannot be recorded; the same version may be brought again, and is recorded once. */
  async change(before: Config, next: Config): Promise<void> {
    if (next !== this.#last) this.#brought += 1;
    this.#last = next;
    const { policyVersion } = next;
    const { digest, document } = before.policyVersion;
    const settings = changedSettings(before, next);
    if (policyVersion.digest !== digest) {
      await this.#recordChange(policyVersion, changeFacts({ digest, document }, policyVersion, settings));
    } else if (settings.length > 0) {
      const facts = { ...changeFacts({ digest, document }, policyVersion, settings), instance: this.#parts.instance };
      await this.#append([this.#entry('same', facts)], this.#guard(policyVersion, 'followed'));
    }
  }

  /** The first gateway with a version says so; that no other one runs it is seen in the commit that says it. */
  async #recordChange(version: PolicyVersion, told: Readonly<Record<string, Json>>, first: readonly EntryDraft[] = []) {
    const facts = { ...told, instance: this.#parts.instance };
    try {
      await this.#append([...first, this.#entry('new', facts)], this.#guard(version, 'new'));
    } catch (error) {
      if (!(error instanceof GuardRefused)) throw error;
      await this.#append([...first, this.#entry('followed', facts)], this.#guard(version, 'followed'));
    }
  }

  #entry(outcome: 'new' | 'followed' | 'same', facts: Readonly<Record<string, Json>>): EntryDraft {
    const once = `policy.changed/${this.#parts.instance}/${this.#brought}`;
    return { kind: 'policy.changed', outcome, facts, once };
  }

  async #append(entries: readonly EntryDraft[], guard: Guard): Promise<void> {
    await this.#parts.ledger.append(entries, guard);
  }

  /** Stores the version and says that this gateway runs it. `new`: no other living one does. */
  #guard({ digest, document, sources, author }: PolicyVersion, as: 'new' | 'followed'): Guard {
    return {
      text: `with stored as (
               insert into countersign.policy_version
                 (digest, document, sources, author, author_is, first_loaded_at, first_loaded_by)
               values ($1, $2, $3, $4, $5, $6, $7) on conflict (digest) do nothing)
             update countersign.gateway_instance
             set policy_digest = $1,
                 policy_since = case when policy_digest is distinct from $1 then $6::timestamptz else policy_since end
             where id = $7 and ($8::boolean or not exists (
               select from countersign.gateway_instance other
               where other.id <> $7 and other.policy_digest = $1
                 and other.stopped_at is null and other.swept_at is null))`,
      values: [
        digest,
        document,
        JSON.stringify(sources.map(({ file, sha256 }) => ({ file, sha256 }))),
        author.name,
        author.is,
        this.#parts.now(),
        this.#parts.instance,
        as === 'followed',
      ],
    };
  }

  /** What any gateway took up last, whether it lives or not. */
  async #lastInForce(): Promise<Earlier | undefined> {
    const { rows } = await this.#parts.pool.query<{ digest: string; document: string | null }>(
      `select gateway.policy_digest as digest, version.document
       from countersign.gateway_instance gateway
       left join countersign.policy_version version on version.digest = gateway.policy_digest
       where gateway.policy_digest is not null order by gateway.policy_since desc limit 1`,
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    return row.document === null ? { digest: row.digest } : { digest: row.digest, document: row.document };
  }
}

function changeFacts(
  before: Earlier | undefined,
  { digest, document, author, sources }: PolicyVersion,
  settings: readonly string[] = [],
): Record<string, Json> {
  const changes = before?.document === undefined ? [] : diffPolicies(before.document, document);
  return {
    author: cutText(author.name, nameCharsMax),
    authorIs: author.is,
    before: before?.digest ?? null,
    diff: boundDiff(changes) as unknown as Json,
    policyDigest: digest,
    settings: settings.slice(0, settingsToldMax),
    sources: sources.slice(0, sourcesToldMax).map(({ file, sha256 }) => ({ file: endOf(nameCharsMax, file), sha256 })),
  };
}

/** Of a path, its end tells the most. */
function endOf(charsMax: number, path: string): string {
  return path.length <= charsMax ? path : `…${path.slice(1 - charsMax).toWellFormed()}`;
}
