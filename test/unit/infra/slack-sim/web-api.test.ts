import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cardBlocks, channel, SimWorld } from './sim-world.ts';

let world: SimWorld;
beforeEach(async () => {
  world = await SimWorld.start({ postsPerSecond: 1 });
});
afterEach(() => world.stop());

const section = (text: string) => ({ type: 'section', text: { type: 'plain_text', text } });

describe('the token', () => {
  it('is asked for', async () => {
    const response = await world.sim.inject({ method: 'POST', url: '/api/auth.test' });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ ok: false, error: 'not_authed' });
  });

  it('must be the right one', async () => {
    expect(await world.api('auth.test', {}, 'another')).toMatchObject({ ok: false, error: 'invalid_auth' });
  });

  it('names the workspace, the bot and the app', async () => {
    expect(await world.api('auth.test')).toMatchObject({ ok: true, team_id: 'TSIMCOUNTERSIGN', bot_id: 'BSIM00001' });
  });
});

describe('a message', () => {
  it('stands in the channel with its text, blocks and thread', async () => {
    const ts = await world.postCard();
    await world.api('chat.postMessage', { channel, text: 'in the thread', thread_ts: ts });
    expect(await world.read('messages')).toMatchObject([
      {
        channel,
        ts,
        user: 'USIMBOT',
        text: 'a card',
        edited: false,
        blocks: [{ type: 'section' }, { type: 'actions' }],
      },
      { channel, thread_ts: ts, text: 'in the thread' },
    ]);
  });

  it('shows that it was updated, and loses its blocks when only a text is given', async () => {
    const ts = await world.postCard();
    await world.api('chat.update', { channel, ts, text: 'decided' });
    expect(await world.read('messages')).toMatchObject([{ ts, text: 'decided', blocks: [], edited: true }]);
  });

  it('has its metadata in the history for those who ask', async () => {
    const metadata = { event_type: 'mcp_approval', event_payload: { approval_id: 'apr_1' } };
    await world.api('chat.postMessage', { channel, text: 'x', metadata });
    const plain = await world.api('conversations.history', { channel });
    expect(plain.messages[0]).not.toHaveProperty('metadata');
    const full = await world.api('conversations.history', { channel, include_all_metadata: 'true' });
    expect(full.messages).toMatchObject([{ bot_id: 'BSIM00001', metadata }]);
  });

  it('is delivered to one person only when it is ephemeral', async () => {
    await world.api('chat.postEphemeral', { channel, user: 'USIMGUEST', text: 'not you' });
    expect(await world.read('ephemerals?user=guest')).toMatchObject([{ channel, user: 'USIMGUEST', text: 'not you' }]);
    expect(await world.read('ephemerals?user=sre-1')).toEqual([]);
    expect(await world.read('messages')).toEqual([]);
  });
});

describe('a refusal', () => {
  it.each([
    ['nothing.such', {}, 'unknown_method'],
    ['chat.postMessage', { channel: 'CNONE', text: 'x' }, 'channel_not_found'],
    ['chat.postMessage', { channel }, 'no_text'],
    ['chat.postMessage', { channel, blocks: '{' }, 'invalid_blocks_format'],
    ['chat.postMessage', { channel, text: 'x', thread_ts: '1.000000' }, 'thread_not_found'],
    ['chat.update', { channel, ts: '1.000000', text: 'x' }, 'message_not_found'],
    ['chat.delete', { channel, ts: '1.000000' }, 'message_not_found'],
    ['chat.postEphemeral', { channel, user: 'UNOBODY', text: 'x' }, 'user_not_in_channel'],
    ['users.info', { user: 'UNOBODY' }, 'user_not_found'],
    ['users.lookupByEmail', { email: 'deactivated@example.com' }, 'users_not_found'],
    ['usergroups.users.list', { usergroup: 'SNONE' }, 'no_such_subteam'],
    ['views.update', { view_id: 'VNONE', view: { type: 'modal' } }, 'invalid_arguments'],
  ])('%s says what Slack says (%#)', async (method, args, error) => {
    expect(await world.api(method, args)).toMatchObject({ httpStatus: 200, ok: false, error });
  });

  it('cant_update_message and cant_delete_message for what a person wrote', async () => {
    const { ts } = await world.act<{ ts: string }>('say', {
      user: 'guest',
      text: 'Approval needed: looks like a card',
    });
    const said = { channel, ts, text: 'changed' };
    expect(await world.api('chat.update', said)).toMatchObject({ ok: false, error: 'cant_update_message' });
    expect(await world.api('chat.delete', said)).toMatchObject({ ok: false, error: 'cant_delete_message' });
    expect(await world.read('messages')).toMatchObject([
      { user: 'USIMGUEST', text: 'Approval needed: looks like a card', edited: false },
    ]);
  });

  it.each([
    ['51 blocks', Array.from({ length: 51 }, () => ({ type: 'divider' })), 'no more than 50'],
    ['an unknown type', [{ type: 'hologram' }], 'unsupported type: hologram'],
    ['an alert, which belongs into modals', [{ type: 'alert' }], 'unsupported type: alert'],
    ['a long header', [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }], 'less than 151'],
    ['a long section', [section('x'.repeat(3_001))], 'less than 3001'],
    ['an empty text', [section('')], 'more than 0'],
    [
      'the same block_id twice',
      [
        { ...section('a'), block_id: 'b' },
        { ...section('b'), block_id: 'b' },
      ],
      'already exists',
    ],
    [
      '26 buttons',
      [{ type: 'actions', elements: Array.from({ length: 26 }, () => cardBlocks[1]?.elements?.[0]) }],
      '25',
    ],
  ])('invalid_blocks for %s, with the place', async (_what, blocks, says) => {
    const answer = await world.api('chat.postMessage', { channel, text: 'x', blocks });
    expect(answer).toMatchObject({ ok: false, error: 'invalid_blocks' });
    expect(answer.response_metadata.messages.join()).toContain(says);
    expect(answer.response_metadata.messages.join()).toContain('[json-pointer:/blocks');
  });

  it('msg_blocks_too_long for blocks that are each short enough', async () => {
    const blocks = Array.from({ length: 5 }, () => section('x'.repeat(2_700)));
    expect(await world.api('chat.postMessage', { channel, blocks })).toMatchObject({ error: 'msg_blocks_too_long' });
  });

  it('msg_too_long for an update of more than 4,000 bytes, though it could be posted', async () => {
    const text = 'é'.repeat(2_001);
    const { ts, ok } = await world.api('chat.postMessage', { channel, text });
    expect(ok).toBe(true);
    expect(await world.api('chat.update', { channel, ts, text })).toMatchObject({ error: 'msg_too_long' });
  });

  it('429 with Retry-After for more than the channel takes', async () => {
    const answers = [];
    for (let sent = 0; sent < 6; sent += 1) answers.push(await world.api('chat.postMessage', { channel, text: 'x' }));
    expect(answers.map(({ httpStatus }) => httpStatus)).toEqual([200, 200, 200, 200, 200, 429]);
    world.nowMs += 1_000;
    expect(await world.api('chat.postMessage', { channel, text: 'x' })).toMatchObject({ ok: true });
  });
});

describe('people', () => {
  it.each([
    ['USIMGUEST', { is_restricted: true }],
    ['USIMSTRANGER', { is_stranger: true, team_id: 'TSIMOTHER' }],
    ['USIMDEACTIVATED', { deleted: true }],
    ['USIMSRE1', { is_restricted: false, deleted: false, is_email_confirmed: true, team_id: 'TSIMCOUNTERSIGN' }],
    ['USIMBOT', { is_bot: true }],
  ])('%s is what an app has to refuse or accept', async (user, facts) => {
    expect((await world.api('users.info', { user })).user).toMatchObject(facts);
  });

  it('are listed for programs with name, id and address', async () => {
    const users = await world.read<{ name: string; id: string; email: string }[]>('users');
    expect(users.map(({ name }) => name)).toEqual([
      'sre-1',
      'sre-2',
      'dba-1',
      'owner-1',
      'requester-1',
      'guest',
      'stranger',
      'deactivated',
    ]);
    expect(users[0]).toMatchObject({ id: 'USIMSRE1', email: 'sre-1@example.com' });
  });

  it('are in their groups', async () => {
    const { usergroups } = await world.api('usergroups.list', { include_users: true });
    expect(usergroups).toMatchObject([
      { handle: 'sre', users: ['USIMSRE1', 'USIMSRE2', 'USIMOWNER1'] },
      { handle: 'dba' },
    ]);
  });

  it('can be written to directly', async () => {
    const opened = await world.api('conversations.open', { users: 'USIMSRE1' });
    await world.api('chat.postMessage', { channel: opened.channel.id, text: 'reminder' });
    expect(await world.read('channels?user=sre-1')).toMatchObject([{ id: channel }, { is_im: true, user: 'USIMSRE1' }]);
    expect(await world.read('channels?user=sre-2')).toHaveLength(1);
  });
});

describe('the history', () => {
  it('gives pages, newest first, without replies', async () => {
    const first = await world.postCard();
    await world.api('chat.postMessage', { channel, text: 'reply', thread_ts: first });
    await world.api('chat.postMessage', { channel, text: 'second' });
    const page = await world.api('conversations.history', { channel, limit: 1 });
    expect(page).toMatchObject({ has_more: true, messages: [{ text: 'second' }] });
    const next = await world.api('conversations.history', {
      channel,
      limit: 1,
      cursor: page.response_metadata.next_cursor,
    });
    expect(next).toMatchObject({ has_more: false, messages: [{ ts: first, reply_count: 1 }] });
    expect((await world.api('conversations.replies', { channel, ts: first })).messages).toHaveLength(2);
  });
});
