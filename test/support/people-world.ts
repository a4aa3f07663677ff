import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import type { ToolResult } from './caller.ts';
import { startPeopleServer, type PeopleServer } from './people-server.ts';
import type { Product } from './product.ts';

export interface LedgerRow {
  readonly kind: string;
  readonly outcome: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What a client of the official SDK sends beside its arguments. */
export interface Sends {
  readonly meta?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

/** The running product with personal data behind it, and rules about who may see it and why. */
export class PeopleWorld {
  readonly server: PeopleServer;
  readonly #product: Product;
  readonly #restore: () => Promise<void>;

  private constructor(product: Product, server: PeopleServer, restore: () => Promise<void>) {
    this.#product = product;
    this.server = server;
    this.#restore = restore;
  }

  static async open(product: Product): Promise<PeopleWorld> {
    const server = await startPeopleServer();
    const change = (before: string) =>
      before.replace('connections:\n', `connections:\n${connections(server.url)}`) + rules;
    return new PeopleWorld(product, server, await product.configure(change, 'people'));
  }

  async close(): Promise<void> {
    await this.#restore();
    await this.server.close();
  }

  /** One call by an unmodified client of either era; what its server said meanwhile (legacy), what reached the server of it, and what stands in the ledger. */
  async call(era: 'legacy' | 'modern', who: string, connection: string, tool: string, args: object, sends: Sends = {}) {
    const token = await this.#product.token(who, connection);
    const url = new URL(this.#product.urlOf(connection));
    const requestInit = { headers: { authorization: `Bearer ${token}`, ...sends.headers } };
    const call = {
      name: tool,
      arguments: args as Record<string, unknown>,
      ...(sends.meta === undefined ? {} : { _meta: sends.meta }),
    };
    const before = this.server.heard.length;
    const mark = await this.lastSeq();
    const said: unknown[] = [];
    let result: ToolResult;
    if (era === 'modern') {
      const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
      await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
      await client.listTools();
      result = await client.callTool(call);
      await client.close();
    } else {
      const client = new LegacyClient({ name: 'test', version: '1' });
      client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void said.push(params.data));
      // The SDK's own declaration does not fit exactOptionalPropertyTypes.
      await client.connect(new LegacyTransport(url, { requestInit }));
      await client.listTools();
      result = await client.callTool(call);
      await client.close();
    }
    return { result, said, heard: this.server.heard.slice(before), entries: await this.entriesAfter(mark, connection) };
  }

  async lastSeq(): Promise<string> {
    const [row] = await this.#product.query<{ seq: string }>('select max(seq) as seq from ledger.entry');
    return row?.seq ?? '0';
  }

  /** What the ledger holds of calls on a connection since then. */
  entriesAfter(mark: string, connection: string): Promise<LedgerRow[]> {
    return this.#product.query<{ [Key in keyof LedgerRow]: LedgerRow[Key] }>(
      `select kind, outcome, convert_from(entry, 'utf8')::jsonb->'facts' as facts
       from ledger.entry where seq > $1 and connection = $2 order by seq`,
      [mark, connection],
    );
  }
}

const connections = (url: string): string => `
  - name: people
    upstream: { url: '${url}' }
    data: [personal]
    tools: { raise: { data: [confidential] } }
    purpose: { argument: true }
  - name: people-asking
    upstream: { url: '${url}' }
    data: [personal]
    purpose: { ask: true }
  - name: people-plain
    upstream: { url: '${url}' }
`;
const rules = `
  - id: people-are-read
    match: { connection: people|people-asking, claims: { groups: { any: [deployers, readers, contractors] } } }
    decision: allow
  - id: people-are-read-for-a-purpose
    match: { connection: people|people-asking, tool: read_people|confirm }
    decision: allow
    purpose: required
  - id: raises-are-approved
    match: { connection: people-asking, tool: raise, claims: { groups: deployers } }
    decision: require_approval
    purpose: { codes: [incident, review] }
    approval: { groups: [sre], quorum: 1, expires: 10m, grant: 10m }
  - id: plain-people-hide-birthdays
    match: { connection: people-plain, claims: { groups: { any: [deployers, readers, contractors] } } }
    decision: allow
    mask: { fields: [born] }
purposes:
  incident: { description: Something is broken, ticket: INC-* }
  review: { description: The yearly review }
dataClasses:
  personal:
    fields: [salary]
    seenBy: { groups: [readers] }
    otherwise: mask
  confidential:
    seenBy: { groups: [readers] }
    purposes: [review]
    otherwise: block
`;
