import { applyEdits, findNodeAtLocation, modify, parseTree } from 'jsonc-parser';
import type { RecordedCall } from '../../call.ts';
import type { Config } from '../../config/config.ts';
import type { ForwardedMessage } from '../../forward/forward-call.ts';
import { withText } from './exchange.ts';
import { mayWaitAsTask, TASKS_EXTENSION } from '../wait-plan.ts';

/**
 * Offers tasks in a server's answer to `server/discover`, since clients declare only what their server offers. On a
 * connection where no call can be held, the server is seen as it is.
 */
export function offerTasks(config: Config, call: RecordedCall, message: ForwardedMessage): ForwardedMessage {
  const { connection, method } = call;
  if (method !== 'server/discover' || !message.final || !mayWaitAsTask(connection)) return message;
  return mayHold(config, connection.name) ? withText(message, withTasksOffered(message.text)) : message;
}

function mayHold({ policy }: Config, connection: string): boolean {
  const holding = policy.rules.filter(({ decision }) => decision === 'require_approval');
  if (policy.defaultDecision === 'require_approval') return true;
  return holding.some((rule) => rule.connection?.(connection) !== false);
}

/** PURE. Adds the extension to the capabilities of a discover response; nothing else of it changes. */
export function withTasksOffered(text: string): string {
  const root = parseTree(text);
  const capabilities = root === undefined ? undefined : findNodeAtLocation(root, ['result', 'capabilities']);
  if (root === undefined || capabilities?.type !== 'object') return text;
  const path = ['result', 'capabilities', 'extensions', TASKS_EXTENSION];
  return findNodeAtLocation(root, path) === undefined ? applyEdits(text, modify(text, path, {}, {})) : text;
}
