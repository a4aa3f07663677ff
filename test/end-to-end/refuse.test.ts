import { describe, expect, test } from 'vitest';
import { approvalDecision } from '../../workflows/contract/approval.ts';
import { outcomeOf } from '../support/caller.ts';
import { eventually } from '../support/eventually.ts';
import { Product, unique } from '../support/product.ts';
import { approvalIdOf, isOpen } from '../support/slack.ts';

const product = new Product();
const setting = (value: string) => ({ service: 'payments', key: 'checkout.banner', value });
const waits = { onProgress: () => undefined };

describe('a held call', () => {
  test('is denied with the reason an approver gave, and without their name', async () => {
    const caller = await product.caller();
    const value = unique('denied');
    const answer = caller.call('apply_config', setting(value), waits);
    const card = await product.slack.cardWith(value);
    expect((await product.slack.deny('sre-2', card, 'x')).errors).toBeDefined();
    await product.slack.deny('sre-2', card, 'Not during the freeze');
    const result = await answer;
    expect(result.isError).toBe(true);
    expect(outcomeOf(result)).toMatchObject({ code: 'denied', reason: 'Not during the freeze', retryable: false });
    expect(JSON.stringify(result)).not.toMatch(/sre-2|Robin/);
    expect(await product.executionsWith(value)).toBe(0);
    const closed = await product.slack.card(approvalIdOf(card), (each) => !isOpen(each));
    expect(JSON.stringify(closed)).toContain('Not during the freeze');
    await caller.close();
  });

  test('expires when nobody decides, and the card says that nothing ran', async () => {
    const caller = await product.caller('ci-deployer', 'brief');
    const value = unique('expired');
    const result = await caller.call('apply_config', setting(value));
    expect(outcomeOf(result)).toMatchObject({ code: 'expired', retryable: true });
    expect(await product.executionsWith(value)).toBe(0);
    const closed = await product.slack.card(outcomeOf(result)?.approvalId ?? '', (each) => !isOpen(each));
    expect(JSON.stringify(closed)).toMatch(/[Ee]xpired/);
    await caller.close();
  });

  test('cannot be decided any more by a late click, which is told so', async () => {
    const caller = await product.caller('ci-deployer', 'brief');
    const value = unique('late');
    const answer = caller.call('apply_config', setting(value));
    const card = await product.slack.cardWith(value);
    await product.slack.click('dba-1', card, 'approve');
    await answer;
    await product.untilEnded(approvalIdOf(card));
    await product.slack.replayLast(1);
    expect(await product.slack.note('dba-1', /already decided or (has )?expired/)).toBeTruthy();
    expect(await product.executionsWith(value)).toBe(0);
    await caller.close();
  });

  test('counts one click once, however often its request is sent', async () => {
    const caller = await product.caller();
    const reason = unique('replayed');
    const answer = caller.call('restart_service', { service: 'search', reason }, waits);
    const card = await product.slack.cardWith(reason);
    await product.slack.click('sre-1', card, 'approve');
    await product.slack.replayLast(3);
    await product.slack.card(approvalIdOf(card), (each) => JSON.stringify(each).includes('1 of 2'));
    expect(await product.executionsWith(reason)).toBe(0);
    const story = await product.story(approvalIdOf(card));
    expect(story.filter((line) => line === 'approval.decided approve')).toHaveLength(1);
    await product.slack.deny('sre-2', card, 'end of this test');
    expect(outcomeOf(await answer)?.code).toBe('denied');
    await caller.close();
  });
});

describe('a click is recorded and does not count', () => {
  test.each([
    ['owner-1', 'the owner of the service account that calls', /service account you own/, 'self_approval'],
    ['dba-1', 'an approver of another group', /not among the approvers/, 'not_an_approver'],
    ['guest', 'a guest of the workspace', /not among the approvers/, 'not_an_approver'],
    ['stranger', 'somebody of another company', /not among the approvers/, 'not_an_approver'],
    ['deactivated', 'an account that was deactivated', /not among the approvers/, 'not_an_approver'],
  ])('when %s makes it: %s', async (person, _who, note, code) => {
    const caller = await product.caller();
    const value = unique(`by-${person}`);
    const answer = caller.call('apply_config', setting(value), waits);
    const card = await product.slack.cardWith(value);
    await product.slack.click(person, card, 'approve');
    expect(await product.slack.note(person, note)).toBeTruthy();
    const approvalId = approvalIdOf(card);
    await eventually('the refusal is recorded', async () =>
      (await product.story(approvalId)).includes(`approval.refused ${code}`) ? true : undefined,
    );
    expect(await product.executionsWith(value)).toBe(0);
    await product.slack.deny('sre-1', card, 'end of this test');
    expect(outcomeOf(await answer)?.code).toBe('denied');
    await caller.close();
  });

  test('when it is forged by somebody who can signal workflows', async () => {
    const caller = await product.caller();
    const value = unique('forged');
    const answer = caller.call('apply_config', setting(value), waits);
    const card = await product.slack.cardWith(value);
    const approvalId = approvalIdOf(card);
    const workflowId = await product.workflowIdOf(approvalId);
    await product.withTemporal(async (temporal) => {
      const handle = temporal.workflow.getHandle(workflowId);
      await handle.signal('approvalDecision', { nonsense: true });
      await handle.signal('attachCaller');
      const forged = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
      await handle.signal(approvalDecision, { approvalId, decisionId: 'f'.repeat(64), proof: `${forged}.e30.` });
    });
    await eventually('the forgery is recorded', async () =>
      (await product.story(approvalId)).includes('approval.refused bad_proof') ? true : undefined,
    );
    expect(await product.executionsWith(value)).toBe(0);
    await product.slack.deny('sre-1', card, 'end of this test');
    await answer;
    await caller.close();
  });

  test('when a workflow was started by hand, whose case no gateway opened', async () => {
    await product.withTemporal(async (temporal) => {
      const request = { approvalId: 'apr_00000000-0000-7000-8000-000000000000', expiresAt: new Date(0).toISOString() };
      const handle = await temporal.workflow.start('approvalWorkflow', {
        taskQueue: 'countersign',
        workflowId: unique('by-hand'),
        args: [request],
      });
      await expect(handle.result()).rejects.toThrow();
    });
  });
});

describe('an approval that was tampered with', () => {
  test('does not let anything run: what is sent must be what was approved', async () => {
    const caller = await product.legacyCaller('ci-deployer', 'quick');
    const value = unique('tampered');
    expect(outcomeOf(await caller.call('apply_config', setting(value)))?.code).toBe('pending');
    const card = await product.slack.cardWith(value);
    const approvalId = approvalIdOf(card);
    await product.slack.click('sre-1', card, 'approve');
    await product.slack.card(approvalId, (each) => !isOpen(each));
    await product.query('update countersign.approval set nonce = $2 where id = $1', [approvalId, Buffer.alloc(16)]);
    const result = await caller.call('apply_config', setting(value));
    expect(outcomeOf(result)?.code).toBe('withheld');
    expect(await product.executionsWith(value)).toBe(0);
    await caller.close();
  });

  test('does not let anything run: a decision without its own signature does not count', async () => {
    const caller = await product.legacyCaller('ci-deployer', 'quick');
    const value = unique('unsigned');
    expect(outcomeOf(await caller.call('apply_config', setting(value)))?.code).toBe('pending');
    const card = await product.slack.cardWith(value);
    const approvalId = approvalIdOf(card);
    await product.slack.click('sre-1', card, 'approve');
    await product.slack.card(approvalId, (each) => !isOpen(each));
    await product.query('update countersign.decision set proof = identity where approval_id = $1', [approvalId]);
    expect(outcomeOf(await caller.call('apply_config', setting(value)))?.code).toBe('withheld');
    expect(await product.executionsWith(value)).toBe(0);
    await caller.close();
  });
});

describe('policy', () => {
  test('blocks a dangerous command before anybody is asked, and records it', async () => {
    const caller = await product.caller();
    const marker = unique('blocked').replaceAll('-', '_');
    const result = await caller.call('run_sql', { sql: `DROP TABLE ${marker}` });
    expect(outcomeOf(result)).toMatchObject({ code: 'blocked', rule: 'destructive-sql', retryable: false });
    expect(await product.executionsWith(marker)).toBe(0);
    const { callId } = outcomeOf(result) ?? { callId: '' };
    const rows = await product.query<{ kind: string; outcome: string }>(
      'select kind, outcome from ledger.entry where call_id = $1 order by seq',
      [callId],
    );
    expect(rows.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      'request.received block',
      'call.closed blocked',
    ]);
    await caller.close();
  });

  test('looks at who calls: a contractor reads and does not touch', async () => {
    const caller = await product.caller('contractor');
    expect((await caller.call('get_config', { service: 'payments' })).isError).toBeFalsy();
    expect(outcomeOf(await caller.call('apply_config', setting('x')))).toMatchObject({ code: 'blocked' });
    await caller.close();
  });

  test('answers for a server that cannot be reached that nothing ran', async () => {
    const token = await product.token('ci-deployer', 'dead');
    const response = await fetch(product.urlOf('dead'), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 'a', method: 'tools/call', params: { name: 'x', arguments: {} } }),
    });
    expect(response.status).toBe(200);
    const { id, result } = (await response.json()) as { id: string; result: object };
    expect(id).toBe('a');
    expect(outcomeOf(result)).toMatchObject({ code: 'unavailable', retryable: true });
  });
});
