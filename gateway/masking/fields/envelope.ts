import type { Path } from '../json-path.ts';

/** The protocol's own members, by where they stand: a rule that names one of them means data of that name. */
const envelope: readonly (readonly [shape: RegExp, names: ReadonlySet<string>])[] = [
  ['', 'jsonrpc id method params result error'],
  [
    'params',
    '_meta progressToken progress total message level logger data requestId reason uri url mode name arguments task ' +
      'taskId status statusMessage elicitationId requestedSchema messages systemPrompt modelPreferences maxTokens ' +
      'includeContext temperature stopSequences metadata tools toolChoice createdAt lastUpdatedAt ttl pollInterval',
  ],
  [
    'result',
    '_meta content structuredContent isError resultType contents messages description completion tasks task taskId ' +
      'status statusMessage tools prompts resources resourceTemplates nextCursor ttlMs cacheScope requestState ' +
      'inputRequests createdAt lastUpdatedAt ttl pollInterval result error',
  ],
  ['error', 'code message data'],
  ['result/(content|contents)/#', 'type text data mimeType uri name title description annotations resource size icons'],
  ['result/content/#/resource', 'uri mimeType text blob _meta'],
  ['result/contents/#', 'blob _meta'],
  ['(result|params)/messages/#', 'role content'],
  [
    '(result|params)/messages/#/content',
    'type text data mimeType uri name title description annotations resource size',
  ],
  ['(result|params)/messages/#/content/resource', 'uri mimeType text blob _meta'],
  ['result/completion', 'values total hasMore'],
].map(([shape = '', names = '']) => [new RegExp(`^${shape}$`), new Set(names.split(' '))] as const);

/** Texts of the protocol that name a thing or say how to read it; a client needs them as they are. */
const identifiers = new Set(['type', 'mimeType', 'uri', 'role', 'level', 'mode', 'resultType', 'cacheScope']);
const depthMax = 6;

/** Whether a member of a message is the protocol's. `path` leads to the member itself. */
export function isEnvelope(path: Path): boolean {
  const name = path.step;
  const shape = path.parent === undefined ? undefined : shapeOf(path.parent);
  if (shape === undefined || typeof name !== 'string') return false;
  return envelope.some(([pattern, names]) => names.has(name) && pattern.test(shape));
}

/** Whether a string of a message is no text for a reader. */
export function isIdentifier(path: Path): boolean {
  return typeof path.step === 'string' && identifiers.has(path.step) && isEnvelope(path);
}

/** `result/content/#`; undefined below what the protocol defines. */
function shapeOf(path: Path): string | undefined {
  const steps: string[] = [];
  for (let at: Path | undefined = path; at?.parent !== undefined; at = at.parent) {
    if (at.step === undefined || steps.length >= depthMax) return undefined;
    steps.push(typeof at.step === 'number' ? '#' : at.step);
  }
  return steps.reverse().join('/');
}
