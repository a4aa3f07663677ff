/**
 * What every client does before it does anything, or to end what it began. It needs no rule; what comes back is masked
 * and recorded. `subscriptions/listen` is judged by the resources it names (see `targets.ts`).
 */
const housekeeping = new Set([
  'initialize',
  'ping',
  'server/discover',
  'logging/setLevel',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'subscriptions/listen',
]);

/**
 * What a rule that allows speaks of when it names no method. Any other method needs a rule that names it. A server
 * tells its callers' tasks apart by their ids alone, so questions about tasks are operations as well.
 */
const operations = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
  'tasks/get',
  'tasks/result',
  'tasks/list',
  'tasks/update',
  'tasks/cancel',
]);

/** An approval is bound to the name or URI and to `arguments`; what else a message says, it would not cover. */
const approvable = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
]);

export function isHousekeeping(method: string): boolean {
  return housekeeping.has(method) || method.startsWith('notifications/');
}

export function isOperation(method: string): boolean {
  return operations.has(method);
}

export function operationNames(): readonly string[] {
  return [...operations];
}

export function isApprovable(method: string): boolean {
  return approvable.has(method);
}
