import { LogLevel, type Logger as SlackLogger } from '@slack/bolt';
import { DefaultLogger, type Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from 'pino';

/**
 * Bolt's and the Web API client's log as pino lines. Their debug level prints whole payloads, so it goes nowhere,
 * and what is not a plain string, such as an error with Slack's answer in it, is logged by its name only.
 */
export function wrapLogger(log: Logger): SlackLogger {
  return {
    debug: () => undefined,
    info: (...parts: unknown[]) => log.info(plainWords(parts)),
    warn: (...parts: unknown[]) => log.warn(plainWords(parts)),
    error: (...parts: unknown[]) => log.error(plainWords(parts)),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
}

function plainWords(parts: readonly unknown[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : nameOf(part))).join(' ');
}

function nameOf(part: unknown): string {
  return part instanceof Error ? part.name : typeof part;
}

/** Temporal's log as pino lines, from warnings up. Of a failure it takes the sentence, which `slackFailure` wrote. */
export function temporalLogger(log: Logger): TemporalLogger {
  return new DefaultLogger('WARN', ({ level, message, meta = {} }) => {
    const { activityType, workflowId, attempt, error } = meta;
    const reason: unknown = error instanceof Error ? error.message : undefined;
    log[level === 'ERROR' ? 'error' : 'warn']({ activityType, workflowId, attempt, reason }, message);
  });
}
