/** The people and machines the dev issuer knows. Their passwords and secrets are made per data folder. */

export interface ServiceClient {
  readonly id: string;
  readonly groups: readonly string[];
  /** Who answers for the service account, and may therefore not approve its calls. */
  readonly owner?: string;
}

export interface UserAccount {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly groups: readonly string[];
}

/** The scope a caller may ask for beside those of its connection; it may also ask for none. */
export const CALL_SCOPE = 'mcp:call';

/** The public client people log in with (authorization code and PKCE). */
export const LOGIN_CLIENT_ID = 'countersign-login';
/** RFC 8252 section 7.3: with a loopback redirect any port is accepted. */
export const LOGIN_REDIRECT_URI = 'http://127.0.0.1/callback';

export const serviceClients: readonly ServiceClient[] = [
  { id: 'ci-deployer', groups: ['deployers'], owner: 'owner-1@example.com' },
  { id: 'ci-reader', groups: ['readers'] },
  { id: 'contractor', groups: ['contractors'], owner: 'sre-2@example.com' },
  { id: 'operator', groups: ['operators'] },
];

/** Machines that sign in with a key of their own (`private_key_jwt`, RFC 7523), as MCP's client credentials advise. */
export const keyClients: readonly ServiceClient[] = [{ id: 'ci-keyed', groups: ['deployers'] }];

export const userAccounts: readonly UserAccount[] = [
  { id: 'sre-1', email: 'sre-1@example.com', name: 'Sam (SRE)', groups: ['sre'] },
  { id: 'sre-2', email: 'sre-2@example.com', name: 'Robin (SRE)', groups: ['sre'] },
  { id: 'dba-1', email: 'dba-1@example.com', name: 'Dana (DBA)', groups: ['dba'] },
];
