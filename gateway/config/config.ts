import type { Policy } from '../policy/rule.ts';
import type { ConfigFile, Issuer } from './schema.ts';

/** A registered MCP server. Times in milliseconds. Holds the upstream's credential in clear: never log it. */
export interface Connection {
  readonly name: string;
  readonly upstream: ConfigFile['connections'][number]['upstream'];
  readonly anonymousAs: string | undefined;
  readonly clientsWait: boolean;
  readonly pendingAfterMs: number;
  readonly timeoutMs: number;
  /** Which argument of a tool is a command, and in what language. Kept for matchers that read commands. */
  readonly tools: ConfigFile['connections'][number]['tools'];
}

/** Everything of one configuration, checked and frozen. */
export interface Config {
  /** Without a trailing slash. */
  readonly publicUrl: string;
  readonly issuers: readonly Issuer[];
  readonly connections: readonly Connection[];
  readonly approvers: Readonly<Record<string, { readonly members: readonly string[] }>>;
  readonly slack: ConfigFile['slack'];
  readonly policy: Policy;
  /** SHA-256 over the canonical JSON of rules, defaults and approvers, with the digest of the detectors; hex. */
  readonly policyDigest: string;
}
