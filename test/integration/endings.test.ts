import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findEnding } from '../../workflows/evidence/receipts.ts';
import type { Ledger } from '../../workflows/evidence/ledger.ts';
import { createLedgerWorld, draft, type LedgerWorld } from '../support/ledger-world.ts';

let world: LedgerWorld;
let ledger: Ledger;
beforeAll(async () => {
  world = await createLedgerWorld();
  ledger = await world.open();
});
afterAll(() => world.close());

describe('the ending of an ungated call, as its workflow reads it', () => {
  test.each([
    ['unavailable', 'unavailable'],
    ['withheld', 'withheld'],
    ['blocked', 'withheld'],
    ['cancelled', 'unknown'],
    ['unknown', 'unknown'],
  ])('is none while it is open; closed as %s it is %s', async (outcome, code) => {
    const callId = `call_${outcome}`;
    await ledger.append([draft('', { kind: 'request.received', callId, outcome: 'allow' })]);
    expect(await findEnding(world.pool, callId)).toBeUndefined();
    await ledger.append([draft('', { kind: 'call.closed', callId, outcome })]);
    expect(await findEnding(world.pool, callId)).toMatchObject({ code });
  });

  test('names the recorded answer by commitment, place and counts', async () => {
    const facts = { status: 200, bytes: 2, maskedFields: 1, toolError: false };
    const body = { bytes: Buffer.from('{}'), mediaType: 'application/json' };
    const answered = draft('', { kind: 'response.recorded', callId: 'call_answered', facts, body });
    const [entry] = await ledger.append([answered]);
    expect(await findEnding(world.pool, 'call_answered')).toEqual({
      code: 'answered',
      receipt: {
        callId: 'call_answered',
        commitment: entry?.commitment,
        seq: entry?.seq,
        bytes: 2,
        maskedFields: 1,
        toolError: false,
      },
    });
  });
});
