/** What every client does before it does anything. It needs no rule; what comes back is masked and recorded. */
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

/** What a rule that allows speaks of when it names no method. Any other method needs a rule that names it. */
const operations = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
]);

export function isHousekeeping(method: string): boolean {
  return housekeeping.has(method) || method.startsWith('notifications/');
}

export function isOperation(method: string): boolean {
  return operations.has(method);
}
