import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { searchAttributes } from '../../workflows/contract/names.ts';
import type { ProgramSpec } from './program.ts';
import { tcpReady } from './readiness.ts';

export interface TemporalOptions {
  readonly binary: string;
  readonly port: number;
  readonly uiPort: number;
  /** SQLite file that keeps workflows between starts. */
  readonly dbFile: string;
  readonly namespace: string;
  readonly logFile: string;
}

/**
 * A write-ahead log, not synced at each commit: opening a case takes half the processor time and waits for no disk.
 * Nothing is lost when the server is killed; a power cut may take the last moments, which a trial can bear.
 */
const pragmas = ['journal_mode=wal', 'synchronous=normal'].flatMap((pragma) => ['--sqlite-pragma', pragma]);
/** The server looks for what to hand out next at most 20 times a second, so each step of a case would wait 40 ms. */
const dynamicConfig = ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'];
const readyMsMax = 60_000;
const connectMsMax = 10_000;
/** `IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API: the type of every attribute of ours. */
const KEYWORD = 2;

/** How to run a Temporal dev server on loopback, with the search attributes of the contract. */
export function describeTemporal(options: TemporalOptions): ProgramSpec {
  mkdirSync(dirname(options.dbFile), { recursive: true, mode: 0o700 });
  const attributes = Object.values(searchAttributes).flatMap(({ name }) => ['--search-attribute', `${name}=Keyword`]);
  const address = ['--ip', '127.0.0.1', '--port', String(options.port), '--ui-port', String(options.uiPort)];
  const namespace = options.namespace === 'default' ? [] : ['--namespace', options.namespace];
  return {
    name: 'temporal',
    command: options.binary,
    args: [
      'server',
      'start-dev',
      ...address,
      '--db-filename',
      options.dbFile,
      ...namespace,
      ...attributes,
      ...pragmas,
      ...dynamicConfig,
      '--log-level',
      'warn',
    ],
    cwd: dirname(options.dbFile),
    env: () => ({ PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? dirname(options.dbFile) }),
    logFile: options.logFile,
    ready: namespaceReady(`127.0.0.1:${String(options.port)}`, options.namespace),
    readyMsMax,
    after: [],
  };
}

/** Adds the search attributes a server lacks, for one that we did not start. */
export async function ensureSearchAttributes(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: connectMsMax });
  try {
    const known = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.values(searchAttributes).filter(({ name }) => !(name in known.customAttributes));
    if (missing.length === 0) return;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name }) => [name, KEYWORD])),
    });
  } finally {
    await connection.close();
  }
}

/** The port opens before the namespace can be used, so both are asked for. */
function namespaceReady(address: string, namespace: string): () => Promise<void> {
  const [host = '', port = ''] = address.split(':');
  const open = tcpReady(host, Number(port));
  return async () => {
    await open();
    const connection = await Connection.connect({ address, connectTimeout: connectMsMax });
    try {
      await connection.workflowService.describeNamespace({ namespace });
    } finally {
      await connection.close();
    }
  };
}
