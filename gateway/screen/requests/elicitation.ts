import type { Connection } from '../../config/config.ts';
import { judgeName } from '../../masking/secret-names.ts';
import { isObject } from '../../receive/is-object.ts';

/** A form is flat by the specification; one that nests deeper than this is not looked through, and refused. */
const nestedFieldsMax = 8;

/** A description that asks for a secret, and not one that warns of giving it. */
const asksForSecret =
  /\b(?:your|enter|paste|type|provide|supply)\b[^.;(]{0,40}\b(?:password|passphrase|passcode|pin|api[ _-]?key|access[ _-]?key|secret|private[ _-]?key|token|credentials?)\b/i;
const warnsOfSecret = /\b(?:not|never|don['’]t|without)\b/i;

/**
 * Why an `elicitation/create` may not reach its caller, or undefined (MCP 2025-11-25, client/elicitation). Secrets may
 * not be asked for in a form; links must be https, to a host that the configuration names, and hold nothing secret.
 */
export function judgeElicitation(
  connection: Connection,
  params: unknown,
  isClean: (text: string) => boolean,
): string | undefined {
  if (!isObject(params)) return 'its request has no parameters';
  switch (params['mode'] ?? 'form') {
    case 'form':
      return asksSecret(params['requestedSchema'], 0) ? 'a form may not ask for secrets' : undefined;
    case 'url':
      return judgeLink(connection, params['url'], isClean);
    default:
      return 'the gateway does not know this mode';
  }
}

function judgeLink(
  { upstream, serverRequests }: Connection,
  text: unknown,
  isClean: (text: string) => boolean,
): string | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return 'its link is no URL';
  const link = new URL(text);
  const secure = link.protocol === 'https:' || (link.protocol === 'http:' && isLoopbackHost(link.hostname));
  if (!secure) return 'its link is not https';
  if (link.username !== '' || link.password !== '') return 'its link carries a login';
  const hosts =
    serverRequests.urlHosts.length === 0 ? [new URL(upstream.url).hostname] : serverRequests.urlHosts.map(lowerCase);
  if (!hosts.includes(link.hostname) && !hosts.includes(link.host)) {
    return `its link leads to ${link.hostname}, which serverRequests.urlHosts does not name`;
  }
  // A masked link would lead nowhere, so it is refused as a whole.
  return isClean(text) ? undefined : 'its link holds a secret or personal data';
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}

function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Looks at every field that a person types into; what is chosen from a list, or yes and no, is no secret. */
function asksSecret(schema: unknown, depth: number): boolean {
  if (!isObject(schema)) return false;
  if (depth > nestedFieldsMax) return true;
  const { properties } = schema;
  if (!isObject(properties)) return asksSecret(schema['items'], depth + 1);
  return Object.entries(properties).some(([name, field]) => isSecretField(name, field) || asksSecret(field, depth + 1));
}

function isSecretField(name: string, field: unknown): boolean {
  if (!isObject(field) || isChoice(field)) return false;
  if (field['format'] === 'password' || field['writeOnly'] === true) return true;
  const { title, description } = field;
  if (isSecretName(name) || (typeof title === 'string' && isSecretName(title))) return true;
  return typeof description === 'string' && asksForSecret.test(description) && !warnsOfSecret.test(description);
}

function isChoice({ type, enum: values, oneOf, anyOf }: Record<string, unknown>): boolean {
  return type === 'boolean' || type === 'array' || values !== undefined || oneOf !== undefined || anyOf !== undefined;
}

function isSecretName(name: string): boolean {
  const strength = judgeName(name);
  return strength === 'password' || strength === 'secret';
}
