import { afterEach, beforeEach, expect, it } from 'vitest';
import { reasonModal, SimWorld } from './sim-world.ts';

let world: SimWorld;
beforeEach(async () => {
  world = await SimWorld.start();
});
afterEach(() => world.stop());

/** Presses the button of a new card, and gives the trigger the app got for it. */
async function trigger(): Promise<string> {
  const ts = await world.postCard();
  await world.act('click', { user: 'sre-1', channel: 'CSIMAPPROVALS', ts, action_id: 'approve' });
  return world.payload().trigger_id;
}

it('a trigger opens one modal, and only one', async () => {
  const trigger_id = await trigger();
  const opened = await world.api('views.open', { trigger_id, view: reasonModal });
  expect(opened).toMatchObject({ ok: true, view: { callback_id: 'deny', private_metadata: 'apr_1' } });
  expect(await world.read('views?user=sre-1')).toMatchObject([{ id: opened.view.id, user: 'USIMSRE1' }]);
  expect(await world.api('views.open', { trigger_id, view: reasonModal })).toMatchObject({
    error: 'exchanged_trigger_id',
  });
});

it('a trigger lives for three seconds', async () => {
  const trigger_id = await trigger();
  world.nowMs += 3_001;
  expect(await world.api('views.open', { trigger_id, view: reasonModal })).toMatchObject({
    error: 'expired_trigger_id',
  });
});

it('a made-up trigger opens nothing', async () => {
  expect(await world.api('views.open', { trigger_id: '1.2', view: reasonModal })).toMatchObject({
    error: 'invalid_trigger_id',
  });
});

it('an update needs the hash of what it replaces, when it gives one', async () => {
  const { view } = await world.api('views.open', { trigger_id: await trigger(), view: reasonModal });
  const stale = await world.api('views.update', { view_id: view.id, hash: 'old', view: reasonModal });
  expect(stale).toMatchObject({ error: 'hash_conflict' });
  const title = { type: 'plain_text', text: 'Changed' };
  const fresh = await world.api('views.update', { view_id: view.id, hash: view.hash, view: { ...reasonModal, title } });
  expect(fresh).toMatchObject({ ok: true, view: { id: view.id, title } });
  expect(fresh.view.hash).not.toBe(view.hash);
});

it.each([
  ['a title of 25 characters', { title: { type: 'plain_text', text: 'x'.repeat(25) } }],
  ['3,001 characters of private metadata', { private_metadata: 'x'.repeat(3_001) }],
  ['inputs and no submit button', { submit: undefined }],
  ['101 blocks', { blocks: Array.from({ length: 101 }, () => ({ type: 'divider' })) }],
])('a modal with %s is refused and the trigger stays good', async (_what, change) => {
  const trigger_id = await trigger();
  const refused = await world.api('views.open', { trigger_id, view: { ...reasonModal, ...change } });
  expect(refused).toMatchObject({ ok: false, error: 'invalid_arguments' });
  expect(await world.api('views.open', { trigger_id, view: reasonModal })).toMatchObject({ ok: true });
});

it('no more than three modals lie on each other', async () => {
  const { view } = await world.api('views.open', { trigger_id: await trigger(), view: reasonModal });
  world.onRequest = () => ({ body: JSON.stringify({ response_action: 'push', view: reasonModal }) });
  const push = (viewId: string) =>
    world.act<{ problem?: string }>('submit', { user: 'sre-1', view_id: viewId, values: {} });
  await push(view.id);
  await push(String((await world.read<{ id: string }[]>('views?user=sre-1')).at(-1)?.id));
  expect(await world.read('views?user=sre-1')).toHaveLength(3);
  expect(await push(view.id)).toMatchObject({ problem: 'push_limit_reached' });
  expect(await world.read('views?user=sre-1')).toHaveLength(3);
});

it('a Home tab is published per person', async () => {
  const view = { type: 'home', blocks: [{ type: 'divider' }] };
  expect(await world.api('views.publish', { user_id: 'USIMSRE1', view })).toMatchObject({ ok: true });
  expect(await world.read('home?user=sre-1')).toMatchObject({ view: { type: 'home', user: 'USIMSRE1' } });
  expect(await world.read('home?user=sre-2')).toEqual({ view: null });
});
