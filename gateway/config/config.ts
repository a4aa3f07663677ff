import type { Limit } from '../limits/limit.ts';
import type { Policy } from '../policy/rule.ts';
import type { ConfigFile, Issuer } from './schema.ts';
import type { PolicyVersion } from './versions/policy-version.ts';

/** A registered MCP server. Times in milliseconds. Holds the upstream's credential in clear: never log it. */
export interface Connection {
  readonly name: string;
  readonly upstream: ConfigFile['connections'][number]['upstream'];
  readonly anonymousAs: string | undefined;
  readonly clientsWait: boolean;
  readonly pendingAfterMs: number;
  readonly timeoutMs: number;
  /** What is particular about a tool: which argument is a command and in what language, its time limit. */
  readonly tools: ConfigFile['connections'][number]['tools'];
  readonly scopes: ConfigFile['connections'][number]['scopes'];
  readonly serverRequests: ConfigFile['connections'][number]['serverRequests'];
  /** What its server says of an accepted tool may allow a call. */
  readonly trustAnnotations: boolean;
  /** Adds to a tool's description that its calls need approval. */
  readonly describeApproval: boolean;
  /** How its callers may say why they call, beside `_meta` and the header. */
  readonly purpose?: ConfigFile['connections'][number]['purpose'];
}

/** Everything of one configuration, checked and frozen. */
export interface Config {
  /** Without a trailing slash. */
  readonly publicUrl: string;
  readonly issuers: readonly Issuer[];
  readonly connections: readonly Connection[];
  readonly approvers: Readonly<Record<string, { readonly members: readonly string[] }>>;
  readonly slack: ConfigFile['slack'];
  /** Groups of those who may use the operators' verbs of the API. */
  readonly operatorGroups: readonly string[];
  /** Why callers may want something, by code. */
  readonly purposes: ConfigFile['purposes'];
  readonly policy: Policy;
  readonly limits: readonly Limit[];
  /** SHA-256 of everything that judges a call, with the versions of parsers and detectors; hex. */
  readonly policyDigest: string;
  /** What the digest is of, and where it came from. */
  readonly policyVersion: PolicyVersion;
}
