import { exportJWK, generateKeyPair, CompactSign, UnsecuredJWT, type JSONWebKeySet, type JWK } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import type { ApproverFacts, DecisionFacts } from '../../../../workflows/contract/approval.ts';
import {
  signApprover,
  signDecision,
  verifyApprover,
  verifyDecision,
} from '../../../../workflows/evidence/decision-proof.ts';

const facts: DecisionFacts = {
  decisionId: 'd1',
  approvalId: 'apr_1',
  revision: 2,
  shownDigest: '0123456789ab',
  decision: 'deny',
  reason: 'Not during the freeze: “später”',
  channel: 'slack',
  assurance: 'chat+reason',
  teamId: 'T1',
  userId: 'U1',
  decidedAt: '2026-11-24T09:00:00.000Z',
};
const approver: ApproverFacts = {
  decisionId: 'd1',
  teamId: 'T1',
  userId: 'U1',
  name: 'Sre One',
  email: 'sre-1@example.com',
  checkedAt: '2026-11-24T09:00:01.000Z',
};
let key: JWK;
let stranger: JWK;
let keys: JSONWebKeySet;

beforeAll(async () => {
  key = await privateKey('slack-app-1');
  stranger = await privateKey('slack-app-1');
  const { d: _secret, ...published } = key;
  keys = { keys: [published] };
});

async function privateKey(kid: string): Promise<JWK> {
  const { privateKey: made } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { ...(await exportJWK(made)), kid };
}

test('the facts that were signed come back', async () => {
  expect(await verifyDecision(await signDecision(facts, key), keys)).toEqual(facts);
  expect(await verifyApprover(await signApprover(approver, key), keys)).toEqual(approver);
});

test('a proof of one kind does not stand for the other', async () => {
  expect(await verifyApprover(await signDecision(facts, key), keys)).toBeUndefined();
  expect(await verifyDecision(await signApprover(approver, key), keys)).toBeUndefined();
  const asDecision = new CompactSign(Buffer.from(JSON.stringify(facts)));
  const wrongType = await asDecision.setProtectedHeader({ alg: 'EdDSA', kid: 'slack-app-1', typ: 'JWT' }).sign(key);
  expect(await verifyDecision(wrongType, keys)).toBeUndefined();
});

test('another key under the same id proves nothing', async () => {
  expect(await verifyDecision(await signDecision(facts, stranger), keys)).toBeUndefined();
});

test('a changed fact, header or signature proves nothing', async () => {
  const proof = await signDecision(facts, key);
  const [header, , signature] = proof.split('.');
  const approved = Buffer.from(JSON.stringify({ ...facts, decision: 'approve' })).toString('base64url');
  expect(await verifyDecision(`${header}.${approved}.${signature}`, keys)).toBeUndefined();
  expect(await verifyDecision(proof.slice(0, -8), keys)).toBeUndefined();
  expect(await verifyDecision(new UnsecuredJWT({ ...facts }).encode(), keys)).toBeUndefined();
});

test.each([undefined, null, 7, '', 'a.b.c', 'x'.repeat(100_000)])('%s is no proof', async (proof) => {
  expect(await verifyDecision(proof, keys)).toBeUndefined();
});

test('signed facts of another shape are no decision', async () => {
  for (const odd of [{ ...facts, decision: 'maybe' }, { ...facts, extra: 1 }, { ...facts, revision: '2' }, []]) {
    const proof = await signDecision(odd as DecisionFacts, key);
    expect(await verifyDecision(proof, keys)).toBeUndefined();
  }
});

test('a key that is not private, not Ed25519 or has no id signs nothing', async () => {
  const { d: _secret, ...published } = key;
  const { kid: _kid, ...nameless } = key;
  for (const bad of [published, nameless, { ...key, crv: 'X25519' }]) {
    await expect(async () => signDecision(facts, bad)).rejects.toThrow('not a private Ed25519 JWK with a kid');
  }
});
