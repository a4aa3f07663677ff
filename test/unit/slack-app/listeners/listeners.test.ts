import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CaseEnded } from '../../../../slack-app/listeners/cases.ts';
import { pointOf, writeButtonValue } from '../../../../slack-app/render/button-value.ts';
import { writeOrigin } from '../../../../slack-app/render/modal.ts';
import { approvalId, cardChannel, homeTeam, requestWith, viewWith, workflowId } from '../fixtures.ts';
import {
  appTime,
  clickPayload,
  deliver,
  interactive,
  openProof,
  startSlackWorld,
  submissionPayload,
  type SlackWorld,
} from '../slack-world.ts';

const value = writeButtonValue(pointOf(viewWith()));
const messageTs = '1763992200.000100';
const metadata = writeOrigin({ point: pointOf(viewWith()), channelId: cardChannel, messageTs });
const click = (actionId: string, buttonValue = value): string => interactive(clickPayload(actionId, buttonValue));
const submit = (callbackId: string, reason: string | null): string =>
  interactive(submissionPayload(callbackId, metadata, reason));
const never = (): Promise<never> => new Promise(() => undefined);

let world: SlackWorld;
beforeEach(async () => {
  world = await startSlackWorld(150);
});
afterEach(() => world.stop());

async function onlyFacts(): Promise<unknown> {
  const [sent] = world.cases.decisions;
  return (await openProof(sent?.decision.proof ?? '', world.publicKey)).facts;
}

describe('Approve on a card', () => {
  it('becomes a signed decision with the facts of the click, and is acknowledged', async () => {
    expect(await deliver(world, click('approve'))).toEqual({ status: 200, body: '' });
    const [sent] = world.cases.decisions;
    expect(sent?.workflowId).toBe(workflowId);
    const { header, facts } = await openProof(sent?.decision.proof ?? '', world.publicKey);
    expect(header).toEqual({ alg: 'EdDSA', typ: 'countersign-decision+jwt', kid: 'decisions-1' });
    expect(facts).toEqual({
      decisionId: sent?.decision.decisionId,
      approvalId,
      revision: 3,
      shownDigest: '9f3a11c207be',
      decision: 'approve',
      channel: 'slack',
      assurance: 'chat',
      teamId: homeTeam,
      userId: 'U0SRE1',
      messageTs,
      actionTs: '1763992500.1',
      decidedAt: appTime.toISOString(),
    });
  });

  it('is the same decision when it is pressed twice', async () => {
    await Promise.all([deliver(world, click('approve')), deliver(world, click('approve'))]);
    const [first, second] = world.cases.decisions.map(({ decision }) => decision.decisionId);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toBe(first);
  });

  it('is acknowledged only after Temporal has accepted it', async () => {
    let accept: () => void = () => undefined;
    const accepted = new Promise<void>((resolve) => (accept = resolve));
    world.cases.onDecide = () => accepted;
    let answered = false;
    const answer = deliver(world, click('approve')).then((result) => {
      answered = true;
      return result;
    });
    await expect.poll(() => world.cases.decisions.length).toBe(1);
    expect(answered).toBe(false);
    accept();
    expect(await answer).toMatchObject({ status: 200 });
  });

  it('is not acknowledged when Temporal is slow, and its sender is told that it was not recorded', async () => {
    world.cases.onDecide = never;
    expect(await deliver(world, click('approve'))).toMatchObject({ status: 503 });
    const [note] = world.slack.callsOf('chat.postEphemeral');
    expect(note).toMatchObject({ channel: cardChannel, user: 'U0SRE1' });
    expect(note?.['text']).toContain('Not recorded');
    expect(note?.['text']).toContain('Try again');
  });

  it('is not acknowledged when Temporal refuses', async () => {
    world.cases.onDecide = () => Promise.reject(new Error('namespace is gone'));
    expect(await deliver(world, click('approve'))).toMatchObject({ status: 503 });
    expect(world.slack.callsOf('chat.postEphemeral')[0]?.['text']).toContain('Not recorded');
  });

  it('is told that the case is over when its workflow has closed', async () => {
    world.cases.onDecide = () => Promise.reject(new CaseEnded('closed'));
    expect(await deliver(world, click('approve'))).toMatchObject({ status: 200 });
    await expect.poll(() => world.slack.callsOf('chat.postEphemeral').length).toBe(1);
    expect(world.slack.callsOf('chat.postEphemeral')[0]?.['text']).toContain('already decided or has expired');
  });

  it('decides nothing with a value this version did not write', async () => {
    await deliver(world, click('approve', `${value}x|`));
    expect(world.cases.decisions).toEqual([]);
    await expect.poll(() => world.slack.callsOf('chat.postEphemeral').length).toBe(1);
  });
});

describe('Deny on a card', () => {
  it('asks for a reason before it is acknowledged, and decides nothing yet', async () => {
    expect(await deliver(world, click('deny'))).toMatchObject({ status: 200 });
    const [opened] = world.slack.callsOf('views.open');
    expect(opened?.['trigger_id']).toBe('1.2.abc');
    expect(JSON.parse(opened?.['view'] ?? '{}')).toMatchObject({ callback_id: 'deny', private_metadata: metadata });
    expect(world.cases.decisions).toEqual([]);
  });

  it('is not acknowledged when the dialog cannot be opened', async () => {
    world.slack.answer('views.open', { ok: false, error: 'expired_trigger_id' });
    expect(await deliver(world, click('deny'))).toMatchObject({ status: 503 });
    expect(world.slack.callsOf('chat.postEphemeral')[0]?.['text']).toContain('Nothing was recorded');
  });

  it('is a decision once the reason is submitted, and the reason is signed', async () => {
    expect(await deliver(world, submit('deny', ' Not during the freeze '))).toEqual({ status: 200, body: '' });
    expect(await onlyFacts()).toMatchObject({
      decision: 'deny',
      reason: 'Not during the freeze',
      assurance: 'chat+reason',
      messageTs,
      revision: 3,
    });
  });

  it.each([null, '', '    \n     ', 'no'])('needs a reason: %j', async (reason) => {
    const answer = await deliver(world, submit('deny', reason));
    expect(JSON.parse(answer.body)).toMatchObject({
      response_action: 'errors',
      errors: { reason: expect.any(String) },
    });
    expect(world.cases.decisions).toEqual([]);
  });

  it('keeps the dialog open, and says so, when it was not recorded', async () => {
    world.cases.onDecide = never;
    const answer = await deliver(world, submit('deny', 'Not during the freeze'));
    const { errors } = JSON.parse(answer.body) as { errors: { reason: string } };
    expect(errors.reason).toContain('Not recorded');
  });

  it('says in the dialog that the case is over', async () => {
    world.cases.onDecide = () => Promise.reject(new CaseEnded('closed'));
    expect((await deliver(world, submit('deny', 'Not during the freeze'))).body).toContain('already decided');
  });
});

describe('Review on a card', () => {
  it('opens at once, then shows the case', async () => {
    expect(await deliver(world, click('review'))).toMatchObject({ status: 200 });
    expect(world.slack.callsOf('views.open')[0]?.['view']).toContain('Loading');
    await expect.poll(() => world.slack.callsOf('views.update').length).toBe(1);
    const [update] = world.slack.callsOf('views.update');
    expect(update?.['view_id']).toBe('V0VIEW');
    expect(JSON.parse(update?.['view'] ?? '{}')).toMatchObject({ callback_id: 'review', submit: { text: 'Approve' } });
  });

  it.each([
    ['has been decided', viewWith({ status: 'denied' })],
    ['is another one under the same workflow id', viewWith({ request: requestWith({ approvalId: 'apr_other' }) })],
  ])('offers nothing to approve when the case %s', async (_what, view) => {
    world.cases.onRead = () => Promise.resolve(view);
    await deliver(world, click('review'));
    await expect.poll(() => world.slack.callsOf('views.update').length).toBe(1);
    expect(world.slack.callsOf('views.update')[0]?.['view']).not.toContain('"submit"');
  });

  it('approves when it is submitted, with a reason or without', async () => {
    expect(await deliver(world, submit('review', null))).toEqual({ status: 200, body: '' });
    expect(await onlyFacts()).toMatchObject({ decision: 'approve', assurance: 'chat' });
    await deliver(world, submit('review', 'Checked with the team'));
    const { decision } = world.cases.decisions[1] ?? {};
    const { facts } = await openProof(decision?.proof ?? '', world.publicKey);
    expect(facts).toMatchObject({ assurance: 'chat+reason', reason: 'Checked with the team' });
  });
});

it('never logs what people wrote, or Slack’s token', async () => {
  await deliver(world, submit('deny', 'canary-reason-of-a-person'));
  await deliver(world, click('review'));
  await expect.poll(() => world.slack.callsOf('views.update').length).toBe(1);
  world.slack.answer('views.open', { ok: false, error: 'invalid_arguments', response_metadata: { messages: [] } });
  await deliver(world, click('deny'));
  const log = world.logLines.join('');
  expect(log).toContain('decision recorded');
  for (const secret of ['canary-reason', 'billing', world.slack.calls[0]?.authorization ?? 'missing', 'trigger_id']) {
    expect(log).not.toContain(secret);
  }
});
