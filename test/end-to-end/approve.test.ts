import { describe, expect, test } from 'vitest';
import { approvalView, attachCaller } from '../../workflows/contract/approval.ts';
import { outcomeOf } from '../support/caller.ts';
import { eventually } from '../support/eventually.ts';
import { Product, unique } from '../support/product.ts';
import { approvalIdOf, isOpen } from '../support/slack.ts';

const product = new Product();
const setting = (value: string) => ({ service: 'payments', key: 'checkout.banner', value });

describe('a high-risk call', () => {
  test('waits for a click in Slack, runs once, and comes back with nothing added', async () => {
    const caller = await product.caller();
    const value = unique('approved');
    const progress: (string | undefined)[] = [];
    const answer = caller.call('apply_config', setting(value), { onProgress: (message) => progress.push(message) });
    const card = await product.slack.cardWith(value);
    expect(await product.executionsWith(value)).toBe(0);
    const click = await product.slack.click('sre-1', card, 'approve');
    expect(click).toMatchObject({ delivered: true, httpStatus: 200 });
    const result = await answer;
    expect(result.isError).toBeFalsy();
    expect(outcomeOf(result)).toBeUndefined();
    expect(JSON.stringify(result.content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    expect(progress.some((message) => message?.includes('waiting for approval') === true)).toBe(true);

    const approvalId = approvalIdOf(card);
    const closed = await product.slack.card(approvalId, (each) => !isOpen(each));
    expect(JSON.stringify(closed)).toMatch(/Approved by/);
    expect(
      await eventually('the case is closed', async () => {
        const story = await product.story(approvalId);
        return story.includes('approval.closed answered') ? story : undefined;
      }),
    ).toEqual([
      'request.received hold',
      'call.held',
      'approval.opened open',
      'approval.decided approve',
      'call.executing executing',
      'response.recorded answered',
      'approval.closed answered',
    ]);
    await caller.close();
  });

  test('shows in its workflow history as recorded, then released', async () => {
    const caller = await product.caller();
    const value = unique('history');
    const answer = caller.call('apply_config', setting(value), { onProgress: () => undefined });
    const card = await product.slack.cardWith(value);
    await product.slack.click('sre-1', card, 'approve');
    await answer;
    await product.withTemporal(async (temporal) => {
      const handle = temporal.workflow.getHandle(await product.workflowIdOf(approvalIdOf(card)));
      const outcome = (await handle.result()) as { code: string; receipt: { callId: string } };
      const { events } = await temporal.workflow.getHandle(`recording/${outcome.receipt.callId}`).fetchHistory();
      const steps = (events ?? []).flatMap(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
      );
      expect(steps).toEqual(['forwardAndRecord', 'release']);
    });
    await caller.close();
  });

  test('needs two different people when policy says two', async () => {
    const caller = await product.caller();
    const reason = unique('restart');
    const answer = caller.call('restart_service', { service: 'search', reason }, { onProgress: () => undefined });
    const card = await product.slack.cardWith(reason);
    await product.slack.click('sre-1', card, 'approve');
    const once = await product.slack.card(approvalIdOf(card), (each) => JSON.stringify(each).includes('1 of 2'));
    await product.slack.click('sre-1', once, 'approve');
    expect(await product.slack.note('sre-1', /already decided on this request/)).toBeTruthy();
    expect(await product.executionsWith(reason)).toBe(0);
    await product.slack.click('sre-2', once, 'approve');
    expect((await answer).isError).toBeFalsy();
    expect(await product.executionsWith(reason)).toBe(1);
    await caller.close();
  });
});

describe('a crowd of callers of one case', () => {
  const crowd = 24;

  test('is counted on the card once it has settled, and does not have it redrawn for each of them', async () => {
    const caller = await product.caller();
    const value = unique('crowd');
    const answer = caller.call('apply_config', setting(value), { onProgress: () => undefined });
    const card = await product.slack.cardWith(value);
    const approvalId = approvalIdOf(card);
    await product.withTemporal(async (temporal) => {
      const handle = temporal.workflow.getHandle(await product.workflowIdOf(approvalId));
      for (let each = 0; each < crowd; each += 1) {
        await handle.signal(attachCaller, { approvalId, callId: unique('call_crowd'), gatewayQueue: 'gateway.crowd' });
        // Answered only when the workflow has seen the signal, so that they do not come all at once.
        await handle.query(approvalView);
      }
      await product.slack.card(approvalId, (each) => JSON.stringify(each).includes(`${crowd + 1} callers waiting`));
      const { events } = await handle.fetchHistory();
      const redraws = (events ?? []).filter(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'syncCard',
      );
      expect(redraws.length).toBeLessThan(crowd / 3);
    });
    await product.slack.deny('sre-1', card, 'enough of you');
    expect(outcomeOf(await answer)).toMatchObject({ code: 'denied' });
    await caller.close();
  });
});

describe('an identical call', () => {
  test('of the same caller joins the open case: one card, one execution, the answer for both', async () => {
    const [modern, legacy] = await Promise.all([product.caller(), product.legacyCaller()]);
    const value = unique('joined');
    const options = { onProgress: () => undefined };
    const first = modern.call('apply_config', setting(value), options);
    const card = await product.slack.cardWith(value);
    const second = legacy.call('apply_config', { value, key: 'checkout.banner', service: 'payments' }, options);
    await eventually('two callers wait', async () => {
      const story = await product.story(approvalIdOf(card));
      return story.filter((line) => line === 'call.held').length === 2 ? true : undefined;
    });
    await product.slack.click('sre-2', card, 'approve');
    const answers = await Promise.all([first, second]);
    for (const answer of answers) expect(JSON.stringify(answer.content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    expect(await product.slack.cardsOf(approvalIdOf(card))).toHaveLength(1);
    await Promise.all([modern.close(), legacy.close()]);
  });

  test('fetches the result after "pending", without a second card', async () => {
    const caller = await product.legacyCaller('ci-deployer', 'quick');
    const value = unique('pending');
    const pending = await caller.call('apply_config', setting(value));
    expect(pending.isError).toBe(true);
    expect(outcomeOf(pending)).toMatchObject({ code: 'pending', retryable: true, rule: 'quick-needs-sre' });
    const card = await product.slack.cardWith(value);
    expect(outcomeOf(pending)?.approvalId).toBe(approvalIdOf(card));
    const asked = async (client: string) =>
      fetch(outcomeOf(pending)?.url ?? '', {
        headers: { authorization: `Bearer ${await product.token(client, 'quick')}` },
      });
    expect(await (await asked('ci-deployer')).json()).toMatchObject({ state: 'open', tool: 'apply_config' });
    expect((await asked('ci-reader')).status).toBe(404);
    await product.slack.click('sre-1', card, 'approve');
    await product.slack.card(approvalIdOf(card), (each) => !isOpen(each));
    expect(await product.executionsWith(value)).toBe(0);
    const answer = await caller.call('apply_config', setting(value));
    expect(answer.isError).toBeFalsy();
    expect(JSON.stringify(answer.content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    await caller.close();
  });

  test('after a disconnect finds its case again, and nothing ran while nobody waited', async () => {
    const value = unique('disconnected');
    const impatient = await product.caller();
    const abort = new AbortController();
    const lost = impatient.call('apply_config', setting(value), { signal: abort.signal, onProgress: () => undefined });
    const card = await product.slack.cardWith(value);
    abort.abort();
    await expect(lost).rejects.toThrow();
    await impatient.close();
    await eventually('the caller has left', async () => {
      const story = await product.story(approvalIdOf(card));
      return story.some((line) => /call.closed (gone|cancelled)/.test(line)) ? true : undefined;
    });
    await product.slack.click('sre-1', card, 'approve');
    await product.slack.card(approvalIdOf(card), (each) => !isOpen(each));
    expect(await product.executionsWith(value)).toBe(0);
    const patient = await product.caller();
    const answer = await patient.call('apply_config', setting(value), { onProgress: () => undefined });
    expect(JSON.stringify(answer.content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    await patient.close();
  });

  test('after the caller took it back opens no second card', async () => {
    const value = unique('cancelled');
    const caller = await product.legacyCaller();
    const abort = new AbortController();
    const taken = caller.call('apply_config', setting(value), { signal: abort.signal, onProgress: () => undefined });
    const card = await product.slack.cardWith(value);
    abort.abort('no longer needed');
    await expect(taken).rejects.toThrow();
    await eventually('the call is closed', async () => {
      const story = await product.story(approvalIdOf(card));
      return story.includes('call.closed cancelled') ? true : undefined;
    });
    const again = caller.call('apply_config', setting(value), { onProgress: () => undefined });
    await product.slack.click('sre-1', card, 'approve');
    expect(JSON.stringify((await again).content)).toContain(value);
    expect(await product.executionsWith(value)).toBe(1);
    expect(await product.slack.cardsOf(approvalIdOf(card))).toHaveLength(1);
    await caller.close();
  });
});
