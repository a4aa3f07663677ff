import type { Json } from '../../../../workflows/contract/call.ts';
import { isPlainPath } from '../../plain-path.ts';
import type { Act } from '../command.ts';
import { act, anyName, destroy, read, unknown, write, type Effects } from '../effects.ts';
import type { PartsOf } from '../place.ts';

/** What methods do (RFC 9110 section 9, RFC 5789, RFC 4918, RFC 10008). */
const methods: Readonly<Record<string, Effects>> = {
  GET: read,
  HEAD: read,
  OPTIONS: read,
  QUERY: read,
  PROPFIND: read,
  REPORT: read,
  POST: write,
  PUT: write,
  PATCH: write,
  DELETE: destroy,
  MKCOL: write,
  PROPPATCH: write,
  COPY: write,
  MOVE: destroy,
  LOCK: write,
  UNLOCK: write,
  PURGE: destroy,
};

/** Headers by which a server takes another method than the one of the request. */
const overrides = new Set(['x-http-method-override', 'x-http-method', 'x-method-override']);

/** PURE. What a tool that makes HTTP requests would do, by the method it is given, or names itself. */
export function readHttp(tool: string, { method, url, headers }: PartsOf<'http'>, hasBody: boolean): readonly Act[] {
  const place = placeOf(url);
  const named = method === undefined ? methodOfTool(tool, hasBody) : method;
  const found = [named, ...overridesIn(headers), ...place.methods];
  const acts = found.map((one) => actOf(one, place));
  return place.doubt === undefined ? acts : [...acts, act('http', unknown, place.doubt, place.targets)];
}

function actOf(method: Json | undefined, { targets }: Place): Act {
  const name = typeof method === 'string' ? method.toUpperCase() : '';
  const effects = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (effects === undefined)
    return act('http', unknown, 'a method that is not known', { methods: [anyName], ...targets });
  return act('http', effects, name, { methods: [name], ...targets });
}

/** `http_get` and `delete_url` say it in their name; `fetch` gets, unless it is given something to send. */
function methodOfTool(tool: string, hasBody: boolean): string | undefined {
  const tokens = tool.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).map((token) => token.toLowerCase());
  const named = tokens.filter((token) => ['post', 'put', 'patch', 'delete', 'head', 'options'].includes(token));
  if (named.length > 0) return named.length === 1 ? named[0] : undefined;
  const gets = tokens.some((token) =>
    ['get', 'fetch', 'read', 'download', 'browse', 'crawl', 'scrape'].includes(token),
  );
  return gets && !hasBody ? 'GET' : undefined;
}

interface Place {
  readonly targets: { readonly hosts: readonly string[]; readonly paths: readonly string[] };
  /** Why it may be another place than it seems. */
  readonly doubt: string | undefined;
  /** Methods that the address asks for by itself: `?_method=delete`. */
  readonly methods: readonly string[];
}

/** Servers and clients read an address alike as long as it is plain. */
function placeOf(url: Json | undefined): Place {
  const anywhere = { hosts: [anyName], paths: [anyName] };
  if (url === undefined) return { targets: anywhere, doubt: undefined, methods: [] };
  const doubtful = (doubt: string): Place => ({ targets: anywhere, doubt, methods: [] });
  if (typeof url !== 'string') return doubtful('an address that cannot be read');
  // A browser drops line breaks and takes a backslash for a slash; others do not.
  if (/[\p{Cc} \\]/u.test(url) || !url.isWellFormed()) return doubtful('an address that can be read in two ways');
  const isRelative = url.startsWith('/') && !url.startsWith('//');
  const parsed = URL.parse(isRelative ? `http://relative.invalid${url}` : url);
  if (parsed === null) return doubtful('an address that cannot be read');
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return doubtful('an address that is not of HTTP');
  const plain = isPlainPath(url.replace(/[?#].*$/s, '')) && parsed.username === '' && parsed.password === '';
  const host = parsed.hostname.replace(/\.$/, '');
  return {
    targets: { hosts: [isRelative ? anyName : host], paths: [parsed.pathname] },
    doubt: plain ? undefined : 'an address that can be read in two ways',
    methods: parsed.searchParams.getAll('_method'),
  };
}

/** Headers come as an object, as pairs, as named values or as lines. */
function overridesIn(headers: Json | undefined): readonly (Json | undefined)[] {
  if (headers === undefined || headers === null) return [];
  const found: (Json | undefined)[] = [];
  for (const [name, value] of headerEntries(headers)) {
    if (typeof name !== 'string' || overrides.has(name.trim().toLowerCase())) found.push(value);
  }
  return found;
}

function headerEntries(headers: Json): readonly (readonly [Json | undefined, Json | undefined])[] {
  if (typeof headers === 'string')
    return headers
      .split(/[\r\n]+/)
      .filter((line) => line !== '')
      .map(lineEntry);
  if (typeof headers !== 'object' || headers === null) return [[undefined, undefined]];
  if (!Array.isArray(headers)) return Object.entries(headers);
  return headers.map((one: Json) => {
    if (typeof one === 'string') return lineEntry(one);
    if (Array.isArray(one)) return [one[0], one[1]] as const;
    if (typeof one !== 'object' || one === null) return [undefined, undefined] as const;
    const { name, key, value } = one as Readonly<Record<string, Json>>;
    return [name ?? key, value] as const;
  });
}

function lineEntry(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? ['', line] : [line.slice(0, colon), line.slice(colon + 1).trim()];
}
