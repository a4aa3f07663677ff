import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openPortClaims } from './port-claims.ts';
import { DEFAULT_PORT_BASE, planPorts, PORT_BASE_MAX, type WorldPorts } from './ports.ts';
import { claimHome, type ProcessRecord } from './process-record.ts';
import { ensureKeyFiles, loadWorldSecrets } from './secrets.ts';
import { createSupervisor } from './supervisor.ts';
import { describeIssuerEntry, describeWorld, readSlackUsers } from './world-description.ts';
import { removeWorldFile, writeWorldFile, type WorldFile } from './world-file.ts';
import { dropData, locateHome, makeFolders, turnLogs, type WorldHome } from './world-home.ts';
import { describePrograms, embeddedAdminUrl, type WorldPlan } from './world-programs.ts';
import { prepareServers } from './world-servers.ts';

export interface WorldOptions {
  /** First port of the block; 7400 unless told. */
  readonly portBase?: number;
  /** Folder of data, logs and `world.json`; `.countersign` in the checkout unless told. */
  readonly home?: string;
  /** Drops the data of earlier runs first. */
  readonly fresh?: boolean;
  /** A `countersign.yaml` added to the sample one. */
  readonly configFile?: string;
  /** How many gateways; 1 unless told. */
  readonly gateways?: number;
  /** Set for every program, over everything else. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onProgress?: (progress: WorldProgress) => void;
  /** Aborts the start; everything already running is stopped. */
  readonly signal?: AbortSignal;
}

export type WorldProgress =
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'started'; readonly name: string; readonly tookMs: number }
  | { readonly kind: 'crashed'; readonly name: string; readonly text: string }
  | { readonly kind: 'recovered'; readonly name: string; readonly pid: number };

/** A running world. Program names are those of `pids` in the world file; a second gateway is `gateway-2`. */
export interface World {
  /** What `world.json` says now; after a restart it names the new process. */
  readonly file: () => WorldFile;
  readonly path: string;
  /** Sends a signal (SIGKILL unless told). The supervisor then starts the program again. */
  readonly kill: (name: string, signal?: NodeJS.Signals) => void;
  readonly restart: (name: string) => Promise<void>;
  /** Waits until another process than `oldPid` answers for the program. Returns its pid. */
  readonly untilReplaced: (name: string, oldPid: number | undefined) => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Brings the whole product up on this machine and resolves when every part of it is ready. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const portBase = options.portBase ?? DEFAULT_PORT_BASE;
  checkOptions(options, portBase);
  const folders = locateHome(portBase, options.home);
  makeFolders(folders);
  const { record, leftovers } = await claimHome(folders.home);
  const claims = openPortClaims();
  const release = (): void => {
    claims.release();
    record.release();
  };
  try {
    if (leftovers.length > 0) note(options, `stopped what an earlier world left running: ${leftovers.join(', ')}`);
    removeWorldFile(folders.worldFile);
    const ports = await planPorts(portBase, options.gateways ?? 1, claims);
    if (ports.gateway !== portBase) {
      note(options, `port ${String(portBase)} is taken, so the gateway moves to ${String(ports.gateway)}`);
    }
    return await bringUp(options, folders, ports, { ...record, release });
  } catch (error) {
    release();
    throw error;
  }
}

async function bringUp(
  options: WorldOptions,
  folders: WorldHome,
  ports: WorldPorts,
  record: ProcessRecord,
): Promise<World> {
  if (options.fresh === true) dropData(folders);
  makeFolders(folders);
  turnLogs(folders);
  const plan = await planWorld(options, folders, ports);
  const servers = await prepareServers({
    folders,
    plan,
    say: (line) => {
      note(options, line);
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const issuer = await describeIssuerEntry(plan);
  let slackUsers: Readonly<Record<string, string>> = {};
  let current: WorldFile | undefined;
  const refresh = (): WorldFile => {
    current = describeWorld(plan, { issuer, slackUsers }, supervisor.pid);
    writeWorldFile(folders.worldFile, current);
    return current;
  };
  const supervisor = createSupervisor(
    {
      spawned: record.note,
      started: (name, tookMs) => options.onProgress?.({ kind: 'started', name, tookMs }),
      crashed: (name, how, delayMs) =>
        options.onProgress?.({ kind: 'crashed', name, text: `${how}; starting it again in ${String(delayMs)} ms` }),
      recovered: (name, pid) => {
        if (current !== undefined) refresh();
        options.onProgress?.({ kind: 'recovered', name, pid });
      },
    },
    () => performance.now(),
  );
  const abort = (): void => void supervisor.stop();
  options.signal?.addEventListener('abort', abort);
  try {
    options.signal?.throwIfAborted();
    await supervisor.start([...servers, ...describePrograms(plan)]);
    slackUsers = await readSlackUsers(plan);
    refresh();
  } catch (error) {
    await supervisor.stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
  return {
    file: () => current ?? refresh(),
    path: folders.worldFile,
    kill: (name, signal = 'SIGKILL') => {
      supervisor.kill(name, signal);
    },
    restart: async (name) => {
      await supervisor.restart(name);
    },
    untilReplaced: async (name, oldPid) => await supervisor.untilReplaced(name, oldPid),
    stop: async () => {
      removeWorldFile(folders.worldFile);
      await supervisor.stop();
      removeWorldFile(folders.worldFile);
      record.release();
    },
  };
}

function checkOptions(options: WorldOptions, portBase: number): void {
  if (!Number.isInteger(portBase) || portBase < 1024 || portBase > PORT_BASE_MAX) {
    throw new Error(`--port-base must be a number from 1024 to ${String(PORT_BASE_MAX)}.`);
  }
  if (options.configFile !== undefined && !existsSync(options.configFile)) {
    throw new Error(`There is no file ${options.configFile}. Name a countersign.yaml after --config.`);
  }
  if (options.fresh === true && process.env['DATABASE_URL'] !== undefined) {
    throw new Error(
      '--fresh does not drop the database that DATABASE_URL names. Drop it yourself, or unset DATABASE_URL.',
    );
  }
}

async function planWorld(options: WorldOptions, folders: WorldHome, ports: WorldPorts): Promise<WorldPlan> {
  const secrets = loadWorldSecrets(folders.secretsDir);
  return {
    root: folders.root,
    logDir: folders.logDir,
    dataDir: folders.dataDir,
    ports,
    secrets,
    keys: await ensureKeyFiles(folders.secretsDir),
    configFiles: [
      join(folders.root, 'infra/sample/countersign.yaml'),
      ...(options.configFile === undefined ? [] : [resolve(options.configFile)]),
    ],
    adminUrl: process.env['DATABASE_URL'] ?? embeddedAdminUrl(ports.postgres, secrets),
    temporal: {
      address: process.env['TEMPORAL_ADDRESS'] ?? `127.0.0.1:${String(ports.temporal)}`,
      namespace: process.env['TEMPORAL_NAMESPACE'] ?? 'default',
    },
    instanceIds: new Map(),
    env: options.env ?? {},
  };
}

function note(options: WorldOptions, text: string): void {
  options.onProgress?.({ kind: 'note', text });
}
