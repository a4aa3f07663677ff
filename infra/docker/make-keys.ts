import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureKeyFiles, writePrivately } from '../dev/secrets.ts';

/**
 * Makes the keys of a deployment that are missing: `node dist/infra/docker/make-keys.js FOLDER SIGNING_FOLDER`.
 * The root key and the public half of the decision keys go to FOLDER, the key that signs decisions to SIGNING_FOLDER:
 * a gateway that can read the latter could approve its own calls.
 */
const [folder, signingFolder] = process.argv.slice(2);
if (folder === undefined || signingFolder === undefined) {
  throw new Error('Say where: node dist/infra/docker/make-keys.js FOLDER SIGNING_FOLDER');
}
const rootKey = join(folder, 'root-key');
const decisionKeys = join(folder, 'decision-keys.json');
const signingKey = join(signingFolder, 'decision-signing-key.json');

const staging = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
try {
  const made = await ensureKeyFiles(staging);
  const place = (from: string, to: string): void => {
    writePrivately(to, readFileSync(from, 'utf8'));
  };
  if (!existsSync(rootKey)) place(made.rootKey, rootKey);
  if (existsSync(signingKey) !== existsSync(decisionKeys)) {
    throw new Error(
      `Of ${signingKey} and ${decisionKeys} only one is there. ` +
        'Restore the other, or remove this one: then a new pair is made, and open approvals must be given again.',
    );
  }
  if (!existsSync(signingKey)) {
    place(made.decisionSigningKey, signingKey);
    place(made.decisionKeys, decisionKeys);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}
process.stdout.write(`keys are in ${folder} and ${signingFolder}\n`);
