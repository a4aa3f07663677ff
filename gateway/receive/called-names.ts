import { isObject } from './is-object.ts';

/** What a message names: a tool or prompt, and a resource. Of a completion, what it completes. */
export function calledNames(method: string, params: Readonly<Record<string, unknown>> | undefined) {
  const completed = method === 'completion/complete' && isObject(params?.['ref']) ? params['ref'] : {};
  const named = method === 'tools/call' || method === 'prompts/get' ? params : completed;
  return {
    tool: stringOf(named?.['name']),
    uri: stringOf((method === 'completion/complete' ? completed : params)?.['uri']),
  };
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
