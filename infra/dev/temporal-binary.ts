import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runCommand } from './run-command.ts';
import { temporalSources, type TemporalSource } from './temporal-sources.ts';

/** A Temporal CLI that ran `--version` and is what was recorded when it was fetched. */
export interface TemporalBinary {
  readonly path: string;
  /** As the CLI prints it, such as `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`. */
  readonly version: string;
  readonly source: string;
}

export interface TemporalBinaryOptions {
  /** Where a fetched binary is kept for the next time. */
  readonly cacheDir: string;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly sources?: readonly TemporalSource[];
  /** The command looked for on PATH. */
  readonly command?: string;
}

interface CacheNote {
  readonly file: string;
  readonly sha256: string;
  readonly source: string;
  readonly version: string;
}

const versionMsMax = 15_000;
const reasonCharsMax = 160;

/** Finds a Temporal CLI on PATH or in the cache, or fetches one from the first source that gives it. */
export async function findTemporalBinary(options: TemporalBinaryOptions): Promise<TemporalBinary> {
  const { say } = options;
  const command = options.command ?? 'temporal';
  try {
    return { path: command, version: await readVersion(command), source: 'PATH' };
  } catch (error) {
    say(`Temporal CLI: not used from PATH (${reason(error)})`);
  }
  const cached = await openCache(options.cacheDir, say);
  if (cached !== undefined) return cached;
  const failures: string[] = [];
  for (const source of options.sources ?? temporalSources) {
    say(`Temporal CLI: trying ${source.name}`);
    const folder = join(options.cacheDir, `fetching-${String(process.pid)}`);
    try {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      const path = await source.fetch({
        folder,
        say,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      const kept = await keep(options.cacheDir, path, source.name);
      say(`Temporal CLI: got ${kept.version} from ${source.name}, kept in ${options.cacheDir}`);
      return kept;
    } catch (error) {
      if (options.signal?.aborted === true)
        throw new Error('The search for the Temporal CLI was stopped.', { cause: error });
      failures.push(`${source.name}: ${reason(error)}`);
      say(`Temporal CLI: ${source.name} did not work (${reason(error)})`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  throw new Error(
    'No Temporal CLI could be found or fetched. Install it (https://docs.temporal.io/cli) so that "temporal" is on PATH, ' +
      `or set TEMPORAL_ADDRESS to a running server. Tried ${failures.join('; ')}`,
  );
}

async function openCache(cacheDir: string, say: (line: string) => void): Promise<TemporalBinary | undefined> {
  const noteFile = join(cacheDir, 'temporal.json');
  if (!existsSync(noteFile)) return undefined;
  try {
    const note = JSON.parse(readFileSync(noteFile, 'utf8')) as CacheNote;
    const path = join(cacheDir, note.file);
    if ((await digestFile(path)) !== note.sha256) throw new Error('its SHA-256 is not the recorded one');
    return { path, version: await readVersion(path), source: `${note.source}, cached` };
  } catch (error) {
    say(`Temporal CLI: the cached one is dropped (${reason(error)})`);
    rmSync(noteFile, { force: true });
    return undefined;
  }
}

/** Copies the binary into the cache under its own digest and only then points the note at it. */
async function keep(cacheDir: string, fetched: string, source: string): Promise<TemporalBinary> {
  chmodSync(fetched, 0o755);
  const version = await readVersion(fetched);
  const sha256 = await digestFile(fetched);
  const file = `temporal-${sha256.slice(0, 16)}`;
  const draft = join(cacheDir, `${file}.${String(process.pid)}`);
  copyFileSync(fetched, draft);
  chmodSync(draft, 0o755);
  renameSync(draft, join(cacheDir, file));
  const note: CacheNote = { file, sha256, source, version };
  const noteDraft = join(cacheDir, `temporal.json.${String(process.pid)}`);
  writeFileSync(noteDraft, JSON.stringify(note, undefined, 2));
  renameSync(noteDraft, join(cacheDir, 'temporal.json'));
  return { path: join(cacheDir, file), version, source };
}

async function readVersion(command: string): Promise<string> {
  const printed = (await runCommand(command, ['--version'], { msMax: versionMsMax })).trim();
  if (!printed.startsWith('temporal version')) throw new Error(`"${command} --version" is not the Temporal CLI's`);
  return printed.split('\n')[0] ?? printed;
}

/** SHA-256 of a file, hex. */
async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.length > reasonCharsMax ? `${text.slice(0, reasonCharsMax)}…` : text;
}
