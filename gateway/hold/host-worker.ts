import { setTimeout as pause } from 'node:timers/promises';
import { NativeConnection, Worker, type NativeConnectionOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { GatewayActivities } from '../../workflows/contract/activities.ts';

const connectAgainAfterMs = 1_000;
/** Each is a call that waits for its server, or the release of an answer, which must not queue behind those. */
const activitiesMax = 2_000;

export interface HostWorkerParts {
  readonly connectionOptions: NativeConnectionOptions;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly activities: GatewayActivities;
  readonly log: Logger;
}

/**
 * The gateway's hands for Temporal: an activity-only worker on this gateway's own queue. It starts in the background
 * and again after every loss, since ungated calls must go on while Temporal is away.
 */
export class HostWorker {
  readonly #parts: HostWorkerParts;
  #worker: Worker | undefined;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(parts: HostWorkerParts) {
    this.#parts = parts;
  }

  get ready(): boolean {
    return this.#worker?.getState() === 'RUNNING';
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Finishes the activities under way, and takes no new ones. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.ready) this.#worker?.shutdown();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { connectionOptions, namespace, taskQueue, log } = this.#parts;
    while (!this.#stopped) {
      try {
        const connection = await NativeConnection.connect(connectionOptions);
        try {
          this.#worker = await Worker.create({
            connection,
            namespace,
            taskQueue,
            activities: this.#parts.activities,
            maxConcurrentActivityTaskExecutions: activitiesMax,
            shutdownGraceTime: '30 seconds',
          });
          log.info({ taskQueue }, 'approval service connected');
          const running = this.#worker.run();
          // Told to stop while it was being made, it would run for ever.
          if (this.#stopped) this.#worker.shutdown();
          await running;
        } finally {
          await connection.close();
        }
      } catch (error) {
        log.warn({ reason: (error as Error).message }, 'Temporal cannot be reached, trying again');
      }
      if (!this.#stopped) await pause(connectAgainAfterMs);
    }
  }
}
