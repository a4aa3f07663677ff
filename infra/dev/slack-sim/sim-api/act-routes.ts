import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clickMessage, clickView, closeView, sendCommand, type InteractionParts } from '../interactions.ts';
import { originOf } from '../origin.ts';
import { textOf } from '../records.ts';
import { submitView } from '../submit.ts';
import type { SimApiParts } from './parts.ts';
import { bodyOf, channelNamed, personaNamed, stringField, viewNamed } from './request-fields.ts';

/** What a persona can do. */
export function addActRoutes(scope: FastifyInstance, parts: SimApiParts): void {
  const { workspace } = parts;
  scope.post('/click', (request) => {
    const body = bodyOf(request.body);
    const persona = personaNamed(body['user']);
    const actionId = stringField(body, 'action_id');
    const interaction = interactionOf(parts, request);
    if (body['view_id'] !== undefined) {
      const view = viewNamed(workspace, stringField(body, 'view_id'), persona);
      return clickView(interaction, { persona, view, actionId, values: body['values'] });
    }
    return clickMessage(interaction, {
      persona,
      channel: stringField(body, 'channel'),
      ts: stringField(body, 'ts'),
      actionId,
      blockId: textOf(body['block_id']),
      value: body['value'],
      stale: body['stale'] === true,
    });
  });

  scope.post('/submit', (request) => {
    const body = bodyOf(request.body);
    const persona = personaNamed(body['user']);
    const view = viewNamed(workspace, stringField(body, 'view_id'), persona);
    return submitView(parts, persona, view, body['values']);
  });

  scope.post('/close', (request) => {
    const body = bodyOf(request.body);
    const persona = personaNamed(body['user']);
    const view = viewNamed(workspace, stringField(body, 'view_id'), persona);
    return closeView(interactionOf(parts, request), persona, view);
  });

  // Nothing is delivered for it: the app only meets it in the channel's history, as a message it may not change.
  scope.post('/say', (request) => {
    const body = bodyOf(request.body);
    const persona = personaNamed(body['user']);
    const channel = channelNamed(workspace, body['channel']);
    const text = stringField(body, 'text');
    const { ts } = workspace.messages.post({ channel: channel.id, text, blocks: [], user: persona.id });
    return { channel: channel.id, ts };
  });

  scope.post('/command', (request) => {
    const body = bodyOf(request.body);
    const persona = personaNamed(body['user']);
    const channel = channelNamed(workspace, body['channel']);
    const command = stringField(body, 'command');
    const text = textOf(body['text']) ?? '';
    return sendCommand(interactionOf(parts, request), { persona, channel, command, text });
  });
}

function interactionOf(
  { workspace, deliverer, publicUrl, reactionMsMax }: SimApiParts,
  request: FastifyRequest,
): InteractionParts {
  return { workspace, deliverer, reactionMsMax, origin: originOf(request, publicUrl) };
}
