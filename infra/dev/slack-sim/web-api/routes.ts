import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Faults } from '../faults.ts';
import { originOf } from '../origin.ts';
import { isRecord, type JsonRecord } from '../records.ts';
import { SlackError } from '../slack-error.ts';
import type { Workspace } from '../workspace.ts';
import { argumentsOfForm, stringArgument, type ApiMethod } from './api-call.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { peopleMethods } from './people.ts';
import type { PostLimit } from './post-limit.ts';
import { viewMethods } from './views.ts';

const bodyBytesMax = 4 * 1024 * 1024;
/** After this, a call that is never answered is cut off. */
const silenceMsMax = 30_000;
const rateLimitedSeconds = 1;

const methods: ReadonlyMap<string, ApiMethod> = new Map([
  ...Object.entries(chatMethods),
  ...Object.entries(conversationMethods),
  ...Object.entries(peopleMethods),
  ...Object.entries(viewMethods),
]);

export interface WebApiParts {
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly postLimit: PostLimit;
  readonly botToken: string;
  readonly publicUrl: string | undefined;
}

/** Slack's Web API: `POST /api/<method>`, form or JSON, always 200 but for rate limits and injected faults. */
export function addWebApi(server: FastifyInstance, parts: WebApiParts): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: bodyBytesMax }, (_request, body, done) => {
      done(null, body);
    });
    scope.post<{ Params: { method: string } }>('/api/:method', (request, reply) => answer(parts, request, reply));
  });
}

async function answer(
  parts: WebApiParts,
  request: FastifyRequest<{ Params: { method: string } }>,
  reply: FastifyReply,
): Promise<unknown> {
  const { method } = request.params;
  const { faults, workspace } = parts;
  if (faults.take('rate_limit', method)) return refuseForNow(reply, rateLimitedSeconds);
  if (faults.take('http_500', method)) return reply.code(500).send('Internal Server Error (injected fault)');
  const result = callMethod(parts, request, method);
  if ('retryAfterSeconds' in result) return refuseForNow(reply, result.retryAfterSeconds);
  if (result.body['ok'] === true && faults.take('timeout_after_success', method)) {
    workspace.changes.tell();
    return staySilent(request, reply);
  }
  return reply.send(result.body);
}

type CallResult = { readonly body: JsonRecord } | { readonly retryAfterSeconds: number };

function callMethod({ workspace, ...parts }: WebApiParts, request: FastifyRequest, method: string): CallResult {
  try {
    const args = argumentsOf(request);
    checkToken(request, args, parts.botToken);
    if (parts.faults.take('revoke_token', method)) throw new SlackError('token_revoked');
    const call = methods.get(method);
    if (call === undefined) throw new SlackError('unknown_method');
    if (method === 'chat.postMessage') {
      const retryAfterSeconds = parts.postLimit.secondsToWait(stringArgument(args, 'channel') ?? '');
      if (retryAfterSeconds !== undefined) return { retryAfterSeconds };
    }
    return { body: { ok: true, ...call({ args, workspace, origin: originOf(request, parts.publicUrl) }) } };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    const { code, messages } = error;
    return { body: { ok: false, error: code, ...(messages.length > 0 ? { response_metadata: { messages } } : {}) } };
  }
}

function argumentsOf({ body, headers }: FastifyRequest): JsonRecord {
  const text = typeof body === 'string' ? body : '';
  if (headers['content-type']?.startsWith('application/json') !== true) return argumentsOfForm(text);
  try {
    const parsed: unknown = JSON.parse(text === '' ? '{}' : text);
    if (isRecord(parsed)) return parsed;
  } catch {
    // Falls through: broken JSON and JSON that is no object get the same answer.
  }
  throw new SlackError('invalid_json');
}

function checkToken({ headers }: FastifyRequest, args: JsonRecord, botToken: string): void {
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  const token = bearer ?? stringArgument(args, 'token');
  if (token === undefined) throw new SlackError('not_authed');
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (!timingSafeEqual(digest(token), digest(botToken))) throw new SlackError('invalid_auth');
}

function refuseForNow(reply: FastifyReply, seconds: number): FastifyReply {
  return reply.code(429).header('retry-after', String(seconds)).send({ ok: false, error: 'ratelimited' });
}

/** The call had its effect; its caller never learns of it. */
async function staySilent(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.hijack();
  const gone = new AbortController();
  request.raw.socket.once('close', () => gone.abort());
  await pause(silenceMsMax, undefined, { signal: gone.signal }).catch(() => undefined);
  request.raw.socket.destroy();
}
