import { expect, it } from 'vitest';
import { createFactsSigner } from '../../../../slack-app/identity/signer.ts';
import { factsWith } from '../fixtures.ts';
import { createTestSigner, openProof } from '../slack-world.ts';

it('signs with the key it was given, and under another key the proof does not verify', async () => {
  const { signer, publicKey } = await createTestSigner();
  const other = await createTestSigner();
  const proof = await signer.signDecision(factsWith());
  expect((await openProof(proof, publicKey)).facts).toEqual(factsWith());
  await expect(openProof(proof, other.publicKey)).rejects.toThrow('signature verification failed');
});

it('refuses a key file it cannot use, and never repeats what is in it', async () => {
  const { jwkText } = await createTestSigner();
  const { d, ...publicOnly } = JSON.parse(jwkText) as Record<string, string>;
  const broken = [`not json ${d}`, JSON.stringify(publicOnly), jwkText.replace('"kid"', '"kit"'), '{"kty":"RSA"}'];
  for (const text of broken) {
    const error: unknown = await createFactsSigner(text).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain('JWK');
    expect((error as Error).message).not.toContain(d);
  }
});
