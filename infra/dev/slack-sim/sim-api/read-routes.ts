import type { FastifyInstance, FastifyRequest } from 'fastify';
import { personas } from '../personas.ts';
import type { SimApiParts } from './parts.ts';
import { personaNamed } from './request-fields.ts';
import { showChannel, showDelivery, showEphemeral, showMessage, showUser, showView } from './show.ts';

type Query = FastifyRequest<{ Querystring: Record<string, string | undefined> }>;

/** What programs and the page can see. `user` is a user id or a persona's name everywhere. */
export function addReadRoutes(scope: FastifyInstance, parts: SimApiParts): void {
  const { workspace, deliverer } = parts;
  scope.get('/users', () => personas.map((persona) => showUser(persona, workspace)));

  scope.get('/channels', (request: Query) => {
    const userId = userIdOf(request);
    const visible = workspace
      .channels()
      .filter((channel) => userId === undefined || (channel.with ?? userId) === userId);
    return visible.map(showChannel);
  });

  // `since` is a `ts`: whoever watches a long channel need not read all of it again.
  scope.get('/messages', ({ query }: Query) =>
    workspace.messages
      .in(query['channel'], query['since'])
      .filter(({ ts }) => ts > (query['since'] ?? ''))
      .map(showMessage),
  );

  scope.get('/ephemerals', (request: Query) => workspace.messages.ephemeralsOf(userIdOf(request)).map(showEphemeral));

  scope.get('/views', (request: Query) =>
    workspace.views.of(userIdOf(request)).map((view) => showView(view, workspace)),
  );

  scope.get('/home', (request: Query) => {
    const home = workspace.views.home(personaNamed(request.query['user']).id);
    return { view: home === undefined ? null : showView(home, workspace) };
  });

  scope.get('/deliveries', () => deliverer.list().map(showDelivery));
}

function userIdOf({ query }: Query): string | undefined {
  return query['user'] === undefined ? undefined : personaNamed(query['user']).id;
}
