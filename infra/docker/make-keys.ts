import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureKeyFiles } from '../dev/secrets.ts';

/** Makes the key files of a deployment that are missing: root key, decision signing key, its public half. */
const folder = process.argv[2];
if (folder === undefined) throw new Error('Say where: node dist/infra/docker/make-keys.js FOLDER');
await ensureKeyFiles(folder);
// The folder is a volume that only Countersign mounts; its programs run as another user than this job.
chmodSync(folder, 0o755);
for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o444);
process.stdout.write(`keys are in ${folder}\n`);
