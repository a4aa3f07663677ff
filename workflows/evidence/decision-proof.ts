import { compactVerify, CompactSign, createLocalJWKSet, errors, type JSONWebKeySet, type JWK } from 'jose';
import { z } from 'zod';
import {
  APPROVER_PROOF_TYPE,
  DECISION_PROOF_TYPE,
  type ApproverFacts,
  type DecisionFacts,
} from '../contract/approval.ts';
import { canonicalBytes } from './canonical.ts';

/** RFC 8037 and its successor name, RFC 9864. Both are Ed25519 here, since no other curve is accepted. */
const algorithms = ['EdDSA', 'Ed25519'];
const proofCharsMax = 16 * 1024;

const decisionFacts: z.ZodType<DecisionFacts> = z.strictObject({
  decisionId: z.string(),
  approvalId: z.string(),
  revision: z.int().nonnegative(),
  shownDigest: z.string(),
  decision: z.enum(['approve', 'deny']),
  reason: z.string().exactOptional(),
  channel: z.enum(['slack', 'slack-sim', 'console', 'cli']),
  assurance: z.enum(['chat', 'chat+reason', 'reauthenticated']),
  teamId: z.string(),
  userId: z.string(),
  enterpriseId: z.string().exactOptional(),
  messageTs: z.string().exactOptional(),
  actionTs: z.string().exactOptional(),
  decidedAt: z.iso.datetime(),
});

const approverFacts: z.ZodType<ApproverFacts> = z.strictObject({
  decisionId: z.string(),
  teamId: z.string(),
  userId: z.string(),
  name: z.string(),
  email: z.string().exactOptional(),
  refusal: z.string().exactOptional(),
  checkedAt: z.iso.datetime(),
});

/** Signs the facts of one click. `key` is a private Ed25519 JWK with a `kid`. Returns a compact JWS (RFC 7515). */
export function signDecision(facts: DecisionFacts, key: JWK): Promise<string> {
  return signFacts(facts, DECISION_PROOF_TYPE, key);
}

/** Signs what the channel knows of the approver. Returns a compact JWS. */
export function signApprover(facts: ApproverFacts, key: JWK): Promise<string> {
  return signFacts(facts, APPROVER_PROOF_TYPE, key);
}

/** The facts of a decision that one of the keys signed; undefined for a forgery or anything else. */
export function verifyDecision(proof: unknown, keys: JSONWebKeySet): Promise<DecisionFacts | undefined> {
  return verifyFacts(proof, DECISION_PROOF_TYPE, decisionFacts, keys);
}

/** The facts of an approver that one of the keys signed; undefined for a forgery or anything else. */
export function verifyApprover(proof: unknown, keys: JSONWebKeySet): Promise<ApproverFacts | undefined> {
  return verifyFacts(proof, APPROVER_PROOF_TYPE, approverFacts, keys);
}

async function signFacts(facts: DecisionFacts | ApproverFacts, typ: string, key: JWK): Promise<string> {
  if (key.crv !== 'Ed25519' || key.kid === undefined || key.d === undefined) {
    throw new Error('The decision key is not a private Ed25519 JWK with a kid. Make one, and publish its public half.');
  }
  const header = { alg: key.alg ?? 'EdDSA', kid: key.kid, typ };
  return new CompactSign(canonicalBytes(facts)).setProtectedHeader(header).sign(key);
}

async function verifyFacts<Facts>(
  proof: unknown,
  typ: string,
  shape: z.ZodType<Facts>,
  keys: JSONWebKeySet,
): Promise<Facts | undefined> {
  // Made outside the try: a broken key file is our fault and no forgery.
  const keySet = createLocalJWKSet(keys);
  if (typeof proof !== 'string' || proof.length > proofCharsMax) return undefined;
  try {
    const { payload, protectedHeader } = await compactVerify(proof, keySet, { algorithms });
    if (protectedHeader.typ !== typ || protectedHeader.kid === undefined) return undefined;
    return shape.safeParse(JSON.parse(Buffer.from(payload).toString('utf8'))).data;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
