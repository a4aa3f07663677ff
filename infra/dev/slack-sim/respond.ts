import type { FastifyInstance } from 'fastify';
import { isRecord, type JsonRecord } from './records.ts';
import type { ResponsePlace } from './response-urls.ts';
import { SlackError } from './slack-error.ts';
import { contentOf } from './web-api/message-content.ts';
import type { Workspace } from './workspace.ts';

/** The URLs an app answers to after the acknowledgement: `POST /actions/<id>` with a message as JSON. */
export function addResponseUrls(server: FastifyInstance, workspace: Workspace): void {
  server.post<{ Params: { id: string } }>('/actions/:id', async (request, reply) => {
    const place = workspace.responseUrls.use(request.params.id);
    if (typeof place === 'string') return reply.code(404).send({ ok: false, error: place });
    try {
      answerPlace(workspace, place, isRecord(request.body) ? request.body : {});
      return { ok: true };
    } catch (error) {
      if (!(error instanceof SlackError)) throw error;
      return reply.code(500).send({ ok: false, error: error.code });
    }
  });
}

/** The body of an acknowledged command is its answer: a message as JSON, or bare text. */
export function answerCommand(workspace: Workspace, place: ResponsePlace, body: string): void {
  if (body.trim() === '') return;
  try {
    answerPlace(workspace, place, messageOf(body));
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    const text = `The app’s answer cannot be shown: ${error.code}`;
    workspace.messages.postEphemeral({ channel: place.channel, user: place.userId, text, blocks: [] });
  }
}

function answerPlace({ messages, chance }: Workspace, place: ResponsePlace, args: JsonRecord): void {
  const { channel, userId: user, ts, isEphemeral } = place;
  const message = isEphemeral ? undefined : messages.find(channel, ts);
  if (args['delete_original'] === true && ts !== undefined) {
    if (message !== undefined) messages.delete(message);
    else messages.replaceEphemeral(ts, undefined);
    return;
  }
  const content = contentOf(args, chance.newId);
  if (args['replace_original'] === true && ts !== undefined) {
    if (message !== undefined) messages.update(message, content);
    else messages.replaceEphemeral(ts, content);
  } else if (args['response_type'] === 'in_channel') {
    messages.post({ channel, ...content });
  } else {
    messages.postEphemeral({ channel, user, text: content.text, blocks: content.blocks });
  }
}

function messageOf(body: string): JsonRecord {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) ? parsed : { text: body };
  } catch {
    return { text: body };
  }
}
