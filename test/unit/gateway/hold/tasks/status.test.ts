import { describe, expect, test } from 'vitest';
import { fetchableUntilMs, taskMembers } from '../../../../../gateway/hold/tasks/status.ts';
import { aTask } from '../../../../support/a-task.ts';

const dayMs = 86_400_000;

describe('what a task tells', () => {
  test('while it waits: how many have approved, and until when there is time', () => {
    expect(taskMembers(aTask())).toEqual({
      taskId: 'apr_1',
      status: 'working',
      statusMessage: 'Waiting for approval 0 of 2, expires 2026-11-24T10:30:00.000Z',
      createdAt: '2026-11-24T10:00:00.000Z',
      lastUpdatedAt: '2026-11-24T10:00:00.000Z',
      ttlMs: 45 * 60_000 + dayMs,
      pollIntervalMs: 5_000,
    });
    const voted = aTask({ approvals: 1, decidedAt: new Date('2026-11-24T10:05:00Z') });
    expect(taskMembers(voted)).toMatchObject({
      statusMessage: 'Waiting for approval 1 of 2, expires 2026-11-24T10:30:00.000Z',
      lastUpdatedAt: '2026-11-24T10:05:00.000Z',
    });
    expect(taskMembers(aTask({ approvals: 2 })).statusMessage).toBe('Approved by 2 of 2, about to run');
  });

  test('names nobody who approved', () => {
    expect(JSON.stringify(taskMembers(aTask({ approvals: 1 })))).not.toContain('example.com');
  });

  test('while it runs, when it is taken back, and when it is over', () => {
    expect(taskMembers(aTask({ state: 'executing' }))).toMatchObject({ status: 'working' });
    expect(taskMembers(aTask({ state: 'cancelled' }))).toMatchObject({ status: 'cancelled' });
    expect(taskMembers(aTask({ state: 'ended', ending: { code: 'denied' } }))).toMatchObject({
      status: 'completed',
      statusMessage: 'Denied by an approver',
    });
    expect(taskMembers(aTask({ state: 'ended', ending: null })).statusMessage).toBe('Nobody approved it in time');
  });

  test('its outcome can be fetched for a day from its end, which its time to live says as well', () => {
    const updatedAt = new Date('2026-11-24T10:10:00Z');
    const ended = aTask({ state: 'ended', ending: { code: 'unknown' }, updatedAt });
    expect(fetchableUntilMs(ended)).toBe(updatedAt.getTime() + dayMs);
    expect(taskMembers(ended).ttlMs).toBe(10 * 60_000 + dayMs);
  });
});
