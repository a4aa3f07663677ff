import { createHmac } from 'node:crypto';

/** A request as it goes over the wire. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Slack's old verification token, in every body: sent, and never to be trusted. */
export const verificationToken = 'stand-in-verification-token';

/**
 * PURE. Signs a body as Slack does: `v0=` and the hex HMAC-SHA256 of `v0:<seconds>:<body>`
 * (docs.slack.dev, "Verifying requests from Slack").
 */
export function signRequest(body: string, signingSecret: string, nowMs: number): SignedRequest {
  const seconds = String(Math.floor(nowMs / 1_000));
  const mac = createHmac('sha256', signingSecret).update(`v0:${seconds}:${body}`).digest('hex');
  return {
    headers: {
      // Exactly this: Bolt does not see a form when a charset follows.
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': seconds,
      'x-slack-signature': `v0=${mac}`,
      'user-agent': 'Slack-Stand-In 1.0 (local, not Slack)',
      accept: 'application/json,*/*',
    },
    body,
  };
}

/** PURE. The same request with one byte changed inside its token: it still parses, so only the signature tells. */
export function tamperBody({ headers, body }: SignedRequest): SignedRequest {
  return { headers, body: body.replace(verificationToken, `${verificationToken.slice(0, -1)}!`) };
}
