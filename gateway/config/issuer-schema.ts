import { z } from 'zod';
import { httpUrl, text, token } from './values.ts';

/** A claim by its name (`groups`, `https://example.com/groups`), or by a JSON pointer (RFC 6901) into nested ones. */
const claim = text.describe('Name of a claim, or a JSON pointer to a nested one.');

export const issuerSchema = z
  .strictObject({
    issuer: httpUrl.describe('The `iss` of its tokens, to the letter.'),
    audience: text
      .optional()
      .describe(
        'The `aud` of its tokens, for issuers that cannot name the URL of a connection; `{connection}` in it stands for ' +
          "the name of one. Default: the connection's own URL.",
      ),
    jwksUri: httpUrl.optional().describe('Where its keys are. Default: where its discovery document says.'),
    ca: text
      .optional()
      .describe("PEM of the only authority that may vouch for the issuer's server, as a cluster has one."),
    bearer: token.optional().describe('Token to read its keys with, if it shows them to nobody without one.'),
    claims: z
      .strictObject({ groups: claim.optional(), owner: claim.optional(), email: claim.optional() })
      .optional()
      .describe('Which claims hold these facts, where they differ. `groups` may be one text or a list.'),
    groupPrefix: text
      .optional()
      .describe('Put before the name of each group, so that equal names of two issuers stay two groups.'),
    require: z
      .record(claim, z.union([text, z.array(text).min(1)]))
      .optional()
      .describe(
        'Claims a token must have, each with the value or values it may have. For issuers that serve everybody.',
      ),
  })
  .describe('Who vouches for callers: an OpenID Connect provider, a CI system, a cluster.');
