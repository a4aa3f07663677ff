import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { ApplicationFailure } from '@temporalio/common';

/** Answers that trying again cannot change; somebody has to change the app, the channel or our code. */
const permanentCodes: ReadonlySet<string> = new Set([
  'account_inactive',
  'cant_update_message',
  'channel_not_found',
  'edit_window_closed',
  'invalid_auth',
  'invalid_blocks',
  'is_archived',
  'missing_scope',
  'msg_blocks_too_long',
  'msg_too_long',
  'not_authed',
  'not_in_channel',
  'restricted_action',
  'token_expired',
  'token_revoked',
  'user_not_found',
  'user_not_in_channel',
]);

/** Slack's own code of an error, or what kept us from getting one. Holds no payload. */
export function slackCode(error: unknown): string {
  if (error instanceof WebAPIPlatformError) return error.data.error;
  if (error instanceof WebAPIRateLimitedError) return 'ratelimited';
  if (error instanceof WebAPIHTTPError) return `http_${error.statusCode}`;
  return 'unreachable';
}

/**
 * Turns what the Web API client threw into a failure for Temporal's history: method and code only, because the
 * original error can quote the message. Rate limits say when to come back.
 */
export function slackFailure(method: string, error: unknown): ApplicationFailure {
  const code = slackCode(error);
  const message = `Slack answered ${method} with ${code}.`;
  const waitMs = slackSaysWaitMs(error);
  if (waitMs !== undefined) return rateLimited(method, waitMs);
  if (!permanentCodes.has(code)) return retryLater(message);
  const next = 'Check the app, its scopes and the channel; the console and the CLI can still decide.';
  return ApplicationFailure.create({ message: `${message} ${next}`, type: `Slack.${code}`, nonRetryable: true });
}

/** How long Slack refuses such calls for; undefined when that is not what it said. */
export function slackSaysWaitMs(error: unknown): number | undefined {
  return error instanceof WebAPIRateLimitedError ? error.retryAfter * 1_000 : undefined;
}

/** Nothing was done; it is worth another attempt after so many milliseconds. */
export function rateLimited(method: string, nextRetryDelay: number): ApplicationFailure {
  const message = `Slack takes no more of ${method} for now.`;
  return ApplicationFailure.create({ message, type: 'SlackRateLimited', nextRetryDelay });
}

/** For work that must wait until Slack, or the token, is repaired: a decision is never dropped. */
export function slackFailureToRetry(method: string, error: unknown): ApplicationFailure {
  const failure = slackFailure(method, error);
  return failure.nonRetryable === true ? retryLater(failure.message) : failure;
}

function retryLater(message: string): ApplicationFailure {
  return ApplicationFailure.create({ message, type: 'SlackUnavailable' });
}
