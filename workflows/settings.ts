/** What the worker reads from its environment. */
export interface WorkerSettings {
  readonly databaseUrl: string;
  readonly keyFile: string;
  readonly decisionKeysFile: string;
  /** Name of the log, `<deployment-host>/evidence/<tenant>`; months are appended. */
  readonly origin: string;
  /** A bundle built ahead; without it the workflows are bundled at start. */
  readonly workflowBundle: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
}

/** All problems at once, by name and never by value. */
export function readWorkerSettings(env: NodeJS.ProcessEnv): WorkerSettings {
  const missing = ['DATABASE_URL', 'COUNTERSIGN_KEY_FILE', 'COUNTERSIGN_DECISION_KEYS_FILE'].filter(
    (name) => (env[name] ?? '') === '',
  );
  if (missing.length > 0) throw new Error(`Set ${missing.join(', ')} in the worker's environment.`);
  return {
    databaseUrl: env['DATABASE_URL'] ?? '',
    keyFile: env['COUNTERSIGN_KEY_FILE'] ?? '',
    decisionKeysFile: env['COUNTERSIGN_DECISION_KEYS_FILE'] ?? '',
    origin: env['COUNTERSIGN_LOG_ORIGIN'] ?? 'countersign.local/evidence/default',
    workflowBundle: env['COUNTERSIGN_WORKFLOW_BUNDLE'],
    host: env['COUNTERSIGN_WORKER_HOST'] ?? '127.0.0.1',
    port: Number(env['COUNTERSIGN_WORKER_PORT'] ?? '7470'),
    logLevel: env['LOG_LEVEL'] ?? 'info',
  };
}
