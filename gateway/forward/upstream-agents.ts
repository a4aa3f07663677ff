import { Agent } from 'undici';
import type { Connection } from '../config/config.ts';

const connectTimeoutMs = 10_000;
/** Every open stream takes one, and what finds none waits: so there are more than streams that callers leave open. */
const connectionsPerUpstreamMax = 4_096;

type Tls = NonNullable<Connection['upstream']['tls']>;

/** The sockets to MCP servers: one pool for all, and one for each connection that has certificates of its own. */
export class UpstreamAgents {
  readonly #shared = createAgent({});
  readonly #own = new Map<string, { readonly tls: Tls; readonly agent: Agent }>();

  /** A connection whose certificates have changed gets new sockets; requests under way end on the old ones. */
  agentFor({ name, upstream: { tls } }: Connection): Agent {
    if (tls === undefined) return this.#shared;
    const known = this.#own.get(name);
    if (known !== undefined && isSame(known.tls, tls)) return known.agent;
    void known?.agent.close();
    const agent = createAgent(tls);
    this.#own.set(name, { tls, agent });
    return agent;
  }

  async close(): Promise<void> {
    await Promise.all(
      [this.#shared, ...[...this.#own.values()].map(({ agent }) => agent)].map((agent) => agent.close()),
    );
  }
}

/** undici's own clocks are off: a call's deadline is its connection's, and endless streams have none. */
function createAgent({ ca, cert, key }: Tls): Agent {
  const tls = { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert, key }) };
  return new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: connectTimeoutMs, ...tls },
    connections: connectionsPerUpstreamMax,
  });
}

function isSame(a: Tls, b: Tls): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}

/**
 * Errors by which Node does not believe a server's certificate, before it sends anything. A server that does not believe
 * the gateway's says so too late to tell: with TLS 1.3 the request may be under way by then.
 */
export function isServerUnbelieved(code: string): boolean {
  return /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|ERR_TLS_CERT_)/.test(code);
}
