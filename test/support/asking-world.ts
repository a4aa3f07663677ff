import { connectAskable, connectAskableLegacy, type Askable, type AskableCaller } from './askable-caller.ts';
import { startAskingServer, type AskingServer } from './asking-server.ts';
import type { ToolResult } from './caller.ts';
import type { Product } from './product.ts';

export const eras = { legacy: connectAskableLegacy, modern: connectAskable };
export type EraName = keyof typeof eras;

export interface RecordedEntry {
  readonly kind: string;
  readonly outcome: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Entries are canonical JSON. */
export const entryFacts = `(convert_from(entry, 'utf8')::jsonb->'facts')`;

/** The running product with a server behind it that asks its callers for things, under several settings. */
export class AskingWorld {
  readonly #product: Product;
  readonly #server: AskingServer;
  readonly #restore: () => Promise<void>;

  private constructor(product: Product, server: AskingServer, restore: () => Promise<void>) {
    this.#product = product;
    this.#server = server;
    this.#restore = restore;
  }

  /** Adds the connections to the configuration of the world, until it is closed. */
  static async open(product: Product): Promise<AskingWorld> {
    const server = await startAskingServer();
    const change = (before: string) =>
      before.replace('connections:\n', `connections:\n${connections(server.url)}`) + rules;
    return new AskingWorld(product, server, await product.configure(change, 'asking'));
  }

  async close(): Promise<void> {
    await this.#restore();
    await this.#server.close();
  }

  /** What the server was answered so far, as JSON. */
  get received(): string {
    return JSON.stringify(this.#server.received);
  }

  async caller(era: EraName, connection: string, answers: Askable): Promise<AskableCaller> {
    const token = await this.#product.token('ci-deployer', connection);
    return eras[era](this.#product.urlOf(connection), token, answers);
  }

  /** One call through a connection by a client that answers; what its server got of it, and what stands in the ledger. */
  async ask(era: EraName, connection: string, tool: string, args: Record<string, unknown>, answers: Askable) {
    const before = this.#server.received.length;
    const caller = await this.caller(era, connection, answers);
    const mark = await this.lastSeq();
    let result: ToolResult;
    try {
      result = await caller.call(tool, args);
    } finally {
      await caller.close();
    }
    const entries = await this.#product.query<{ [Key in keyof RecordedEntry]: RecordedEntry[Key] }>(
      `select kind, outcome, ${entryFacts} as facts from ledger.entry where seq > $1 and connection = $2 order by seq`,
      [mark, connection],
    );
    return { result, received: JSON.stringify(this.#server.received.slice(before)), entries };
  }

  async lastSeq(): Promise<string> {
    const [row] = await this.#product.query<{ seq: string }>('select max(seq) as seq from ledger.entry');
    return row?.seq ?? '0';
  }
}

const connections = (url: string): string => `
  - name: asking
    upstream: { url: '${url}' }
  - name: asking-blocked
    upstream: { url: '${url}' }
    serverRequests: { sampling: block, elicitation: block, roots: block }
  - name: asking-other
    upstream: { url: '${url}' }
    serverRequests: { sampling: record, elicitation: allow, roots: record, urlHosts: [login.example.com] }
  - name: asking-held
    upstream: { url: '${url}' }
    serverRequests: { sampling: block }
  - name: everything-held
    upstream: { url: env:EVERYTHING_URL }
    serverRequests: { roots: block }
`;
const rules = `
  - id: asking-is-open
    match: { connection: asking|asking-blocked|asking-other, claims: { groups: deployers } }
    decision: allow
  - id: secrets-are-not-read
    match: { connection: asking, uri: 'secret://*' }
    decision: block
  - id: asking-is-held
    match: { connection: asking-held|everything-held, tool: trigger-*|ask_*, claims: { groups: deployers } }
    decision: require_approval
    approval: { groups: [sre], quorum: 1, expires: 10m, grant: 10m }
`;
