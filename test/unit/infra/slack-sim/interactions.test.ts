import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cardBlocks, channel, reasonModal, signingSecret, SimWorld, startMs, type AppRequest } from './sim-world.ts';

let world: SimWorld;
beforeEach(async () => {
  world = await SimWorld.start({ ackWithinMs: 300, reactionWithinMs: 50 });
});
afterEach(() => world.stop());

function isSigned({ headers, body }: AppRequest): boolean {
  const base = `v0:${String(headers['x-slack-request-timestamp'])}:${body}`;
  return headers['x-slack-signature'] === `v0=${createHmac('sha256', signingSecret).update(base).digest('hex')}`;
}

const click = (ts: string, more: object = {}) =>
  world.act('click', { user: 'sre-1', channel, ts, action_id: 'approve', ...more });

describe('a click', () => {
  it('reaches the app as Slack sends it: signed, as a bare form, with the whole message', async () => {
    const ts = await world.postCard();
    expect(await click(ts)).toMatchObject({ httpCode: 200, delivered: true, httpStatus: 200 });
    const request = world.requests[0];
    expect(request && isSigned(request)).toBe(true);
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(request?.headers['x-slack-request-timestamp']).toBe(String(startMs / 1_000));
    expect(world.payload()).toMatchObject({
      type: 'block_actions',
      user: { id: 'USIMSRE1', name: 'sre-1', team_id: 'TSIMCOUNTERSIGN' },
      api_app_id: 'ASIM00001',
      team: { id: 'TSIMCOUNTERSIGN' },
      channel: { id: channel, name: 'approvals' },
      container: { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: false },
      message: { ts, text: 'a card', bot_id: 'BSIM00001' },
      actions: [{ type: 'button', action_id: 'approve', block_id: 'apr:1', value: 'v1', style: 'primary' }],
    });
  });

  it('says which workspace a stranger is of', async () => {
    await click(await world.postCard(), { user: 'USIMSTRANGER' });
    expect(world.payload().user).toMatchObject({ id: 'USIMSTRANGER', team_id: 'TSIMOTHER' });
  });

  it('gives the modal the app opened for it, even when it was acknowledged before', async () => {
    await world.stop();
    world = await SimWorld.start({ reactionWithinMs: 5_000 });
    world.onRequest = () => {
      setImmediate(() => void world.api('views.open', { trigger_id: world.payload().trigger_id, view: reasonModal }));
      return {};
    };
    const result = await click(await world.postCard());
    expect(result).toMatchObject({ httpStatus: 200, view: { callback_id: 'deny', type: 'modal' } });
  });

  it('that the app does not acknowledge in time is not delivered, and is not sent again', async () => {
    world.onRequest = () => ({ never: true });
    const result = await click(await world.postCard());
    expect(result).toMatchObject({ delivered: false, httpStatus: 0 });
    expect(world.requests).toHaveLength(1);
    expect(await world.read('deliveries')).toMatchObject([
      { acknowledged: false, user: 'USIMSRE1', action: 'approve' },
    ]);
  });

  it('that the app refuses carries its status', async () => {
    world.onRequest = () => ({ status: 503 });
    expect(await click(await world.postCard())).toMatchObject({ delivered: true, httpStatus: 503 });
  });

  it('on a button that is gone is refused, unless the client is said to be behind', async () => {
    const ts = await world.postCard();
    await world.api('chat.update', { channel, ts, text: 'decided' });
    expect(await click(ts)).toMatchObject({ httpCode: 409 });
    expect(world.requests).toHaveLength(0);
    expect(await click(ts, { stale: true })).toMatchObject({ httpStatus: 200 });
    expect(world.payload().message.blocks).toMatchObject(cardBlocks);
  });

  it.each([
    [{ user: 'nobody' }, 404],
    [{ channel: 'CNONE' }, 404],
    [{ ts: '1.000000' }, 404],
    [{ action_id: '' }, 400],
  ])('that cannot be says why (%#)', async (change, httpCode) => {
    const answer = await click(await world.postCard(), change);
    expect(answer).toMatchObject({ httpCode, error: expect.stringMatching(/\.$/) });
    expect(world.requests).toHaveLength(0);
  });
});

describe('a submission', () => {
  async function openModal(): Promise<string> {
    world.onRequest = () => ({});
    await click(await world.postCard());
    const { view } = await world.api('views.open', { trigger_id: world.payload().trigger_id, view: reasonModal });
    return view.id;
  }
  const submit = (view_id: string, values: unknown, user = 'sre-1') => world.act('submit', { user, view_id, values });

  it('carries what was filled in and closes the modal', async () => {
    const id = await openModal();
    expect(await submit(id, { reason: { reason: 'too risky' } })).toMatchObject({ httpStatus: 200 });
    expect(world.payload()).toMatchObject({
      type: 'view_submission',
      view: { id, callback_id: 'deny', state: { values: { reason: { reason: { value: 'too risky' } } } } },
    });
    expect(await world.read('views?user=sre-1')).toEqual([]);
  });

  it('with errors stays open and shows them', async () => {
    const id = await openModal();
    world.onRequest = () => ({ body: JSON.stringify({ response_action: 'errors', errors: { reason: 'Too short.' } }) });
    expect(await submit(id, {})).toMatchObject({ response_action: 'errors', errors: { reason: 'Too short.' } });
    expect(await world.read('views?user=sre-1')).toHaveLength(1);
  });

  it('that is not acknowledged leaves the modal open', async () => {
    const id = await openModal();
    world.onRequest = () => ({ status: 500 });
    expect(await submit(id, {})).toMatchObject({ httpStatus: 500 });
    expect(await world.read('views?user=sre-1')).toHaveLength(1);
  });

  it('of a modal that somebody else has open is refused', async () => {
    expect(await submit(await openModal(), {}, 'sre-2')).toMatchObject({ httpCode: 404 });
  });
});

describe('a command', () => {
  it('is sent as flat fields, and its answer is seen by its sender', async () => {
    world.onRequest = () => ({ body: 'two are open' });
    const sent = await world.act('command', { user: 'sre-1', command: '/approvals', text: 'list' });
    expect(sent).toMatchObject({ delivered: true, httpStatus: 200 });
    const form = Object.fromEntries(new URLSearchParams(world.requests[0]?.body));
    expect(form).toMatchObject({
      command: '/approvals',
      text: 'list',
      user_id: 'USIMSRE1',
      is_enterprise_install: 'false',
    });
    expect(form).not.toHaveProperty('payload');
    expect(await world.read('ephemerals?user=sre-1')).toMatchObject([{ text: 'two are open' }]);
  });
});

describe('a response_url', () => {
  const respond = async (url: string, body: object) =>
    (await world.sim.inject({ method: 'POST', url: new URL(url).pathname, payload: body })).statusCode;

  it('changes the message it came from, five times within half an hour', async () => {
    const ts = await world.postCard();
    await click(ts);
    const { response_url } = world.payload();
    for (let used = 0; used < 5; used += 1) {
      expect(await respond(response_url, { replace_original: true, text: `change ${used}` })).toBe(200);
    }
    expect(await respond(response_url, { replace_original: true, text: 'one too many' })).toBe(404);
    expect(await world.read('messages')).toMatchObject([{ ts, text: 'change 4', blocks: [] }]);
  });

  it('is dead after half an hour', async () => {
    await click(await world.postCard());
    world.nowMs += 30 * 60_000 + 1;
    expect(await respond(world.payload().response_url, { text: 'late' })).toBe(404);
  });
});

describe('a fault', () => {
  const arm = (kind: string, count = 1, more: object = {}) => world.act('faults', { kind, count, ...more });

  it('rate_limit answers 429 as often as asked, without any effect', async () => {
    await arm('rate_limit', 2);
    expect((await world.api('chat.postMessage', { channel, text: 'x' })).httpStatus).toBe(429);
    expect((await world.api('auth.test')).httpStatus).toBe(429);
    expect((await world.api('auth.test')).httpStatus).toBe(200);
    expect(await world.read('messages')).toEqual([]);
  });

  it('can be for one method only', async () => {
    await arm('revoke_token', 1, { method: 'chat.update' });
    expect(await world.api('auth.test')).toMatchObject({ ok: true });
    expect(await world.api('chat.update', { channel, ts: '1.0', text: 'x' })).toMatchObject({ error: 'token_revoked' });
  });

  it('tamper_body changes what was signed and nothing else', async () => {
    await arm('tamper_body');
    const ts = await world.postCard();
    await click(ts);
    expect(world.requests.map(isSigned)).toEqual([false]);
    expect(world.payload()).toMatchObject({ type: 'block_actions', actions: [{ action_id: 'approve' }] });
    await click(ts);
    expect(world.requests.map(isSigned)).toEqual([false, true]);
  });

  it.each([
    ['old_timestamp', -600],
    ['future_timestamp', 21_600],
  ])('%s is signed correctly for another time', async (kind, seconds) => {
    await arm(kind);
    await click(await world.postCard());
    expect(world.requests.map(isSigned)).toEqual([true]);
    expect(world.requests[0]?.headers['x-slack-request-timestamp']).toBe(String(startMs / 1_000 + seconds));
  });

  it('replay_last sends the very same request again', async () => {
    await click(await world.postCard());
    expect(await arm('replay_last', 3)).toMatchObject({ replayed: [{ httpStatus: 200 }, {}, {}] });
    expect(
      new Set(world.requests.map(({ body, headers }) => `${body}${String(headers['x-slack-signature'])}`)).size,
    ).toBe(1);
    expect(world.requests).toHaveLength(4);
  });

  it('drop_socket lets the app have the request, and nobody its answer', async () => {
    await arm('drop_socket');
    expect(await click(await world.postCard())).toMatchObject({ delivered: false, httpStatus: 0 });
    await expect.poll(() => world.requests.length).toBe(1);
  });

  it('http_500 has no effect on the workspace', async () => {
    await arm('http_500');
    const response = await world.sim.inject({ method: 'POST', url: '/api/chat.postMessage', payload: '' });
    expect(response.statusCode).toBe(500);
    expect(await world.read('messages')).toEqual([]);
  });

  it('of an unknown kind is refused', async () => {
    expect(await arm('earthquake')).toMatchObject({ httpCode: 400, error: expect.stringContaining('rate_limit') });
  });
});
