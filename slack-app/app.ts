import { App, type Receiver } from '@slack/bolt';
import { approveListener } from './listeners/approve.ts';
import { denyListener, denySubmission } from './listeners/deny.ts';
import { reviewListener, reviewSubmission } from './listeners/review.ts';
import { errorName, type ListenerParts } from './listeners/take-decision.ts';
import { webClientOptions } from './outbound/client.ts';
import { denyCallback, reviewCallback } from './render/modal.ts';
import { wrapLogger } from './slack-logger.ts';

export interface AppParts {
  readonly receiver: Receiver;
  readonly listeners: ListenerParts;
  readonly botToken: string;
  /** Base URL of the Web API when it is not Slack's own. */
  readonly apiUrl: string | undefined;
}

/**
 * Bolt, with our listeners and nothing else. Who may decide is not asked here: a click by anybody becomes a signed
 * decision, so that a refusal is recorded too.
 */
export function createApp({ receiver, listeners, botToken, apiUrl }: AppParts): App {
  const logger = wrapLogger(listeners.log);
  const app = new App({
    receiver,
    logger,
    clientOptions: webClientOptions(apiUrl, logger),
    authorize: async () => ({ botToken }),
    convoStore: false,
    // Only messages of our own bot would be ignored, and we read no messages.
    ignoreSelf: false,
    developerMode: false,
  });
  app.action({ type: 'block_actions', action_id: 'approve' }, approveListener(listeners));
  app.action({ type: 'block_actions', action_id: 'deny' }, denyListener(listeners));
  app.action({ type: 'block_actions', action_id: 'review' }, reviewListener(listeners));
  app.view(denyCallback, denySubmission(listeners));
  app.view(reviewCallback, reviewSubmission(listeners));
  app.error(async (error) => {
    listeners.log.error({ error: errorName(error), code: error.code }, 'a listener failed');
  });
  return app;
}
