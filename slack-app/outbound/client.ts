import type { Logger as SlackLogger } from '@slack/bolt';
import type { WebClientOptions } from '@slack/web-api';

/** Temporal waits, not the client; a queue that pauses for one channel would hold up all of them. */
const timeoutMs = 10_000;
const requestsAtOnceMax = 8;

/**
 * Options for one Web API client. A new object each time, because Bolt changes the one it is given.
 * `apiUrl` is undefined for Slack itself.
 */
export function webClientOptions(apiUrl: string | undefined, logger: SlackLogger): WebClientOptions {
  return {
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    maxRequestConcurrency: requestsAtOnceMax,
    allowAbsoluteUrls: false,
    logger,
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
  };
}
