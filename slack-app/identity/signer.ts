import { CompactSign, importJWK, type JWK } from 'jose';
import {
  APPROVER_PROOF_TYPE,
  DECISION_PROOF_TYPE,
  type ApproverFacts,
  type DecisionFacts,
} from '../../workflows/contract/approval.ts';

/** Signs what this program saw. Each method returns a compact JWS (EdDSA, RFC 7515 and 8037). */
export interface FactsSigner {
  signDecision(facts: DecisionFacts): Promise<string>;
  signApprover(facts: ApproverFacts): Promise<string>;
}

/** `jwkText` is a private Ed25519 key as a JWK with `kid`. Errors never repeat any of it. */
export async function createFactsSigner(jwkText: string): Promise<FactsSigner> {
  const jwk = parseKey(jwkText);
  const key = await importJWK(jwk, 'EdDSA');
  const sign = (typ: string, facts: DecisionFacts | ApproverFacts): Promise<string> =>
    new CompactSign(new TextEncoder().encode(JSON.stringify(facts)))
      .setProtectedHeader({ alg: 'EdDSA', typ, kid: jwk.kid })
      .sign(key);
  return {
    signDecision: (facts) => sign(DECISION_PROOF_TYPE, facts),
    signApprover: (facts) => sign(APPROVER_PROOF_TYPE, facts),
  };
}

function parseKey(text: string): JWK & { readonly kid: string } {
  const { kty, crv, d, x, kid } = readJson(text);
  if (kty !== 'OKP' || crv !== 'Ed25519' || d === undefined || x === undefined || kid === undefined) {
    throw new Error(
      'The decision signing key is no private Ed25519 JWK with a kid. Write one with kty, crv, x, d, kid.',
    );
  }
  return { kty, crv, d, x, kid };
}

function readJson(text: string): JWK {
  try {
    return JSON.parse(text) as JWK;
  } catch {
    // The parser's message would quote the key.
    throw new Error('The decision signing key file is not JSON. Put a private Ed25519 JWK with a kid there.');
  }
}
