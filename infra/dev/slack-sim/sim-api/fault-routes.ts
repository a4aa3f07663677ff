import type { FastifyInstance } from 'fastify';
import { faultKinds, isFaultKind } from '../faults.ts';
import { Impossible } from '../interactions.ts';
import { textOf, type JsonRecord } from '../records.ts';
import type { SimApiParts } from './parts.ts';
import { bodyOf } from './request-fields.ts';

const faultCountMax = 1_000;

/** What can be made to go wrong, and the way back to an empty workspace. */
export function addFaultRoutes(scope: FastifyInstance, parts: SimApiParts): void {
  const { workspace, deliverer, faults } = parts;
  scope.get('/faults', () => faults.list());

  scope.post('/faults', (request) => armFault(parts, bodyOf(request.body)));

  scope.delete('/faults', () => {
    faults.clear();
    workspace.changes.tell();
    return { armed: faults.list() };
  });

  scope.post('/reset', () => {
    faults.clear();
    deliverer.clear();
    workspace.reset();
    return { reset: true };
  });
}

/** `replay_last` acts at once when something was delivered before, and on the next delivery otherwise. */
async function armFault({ faults, deliverer, workspace }: SimApiParts, body: JsonRecord): Promise<JsonRecord> {
  const { kind, count = 1 } = body;
  if (!isFaultKind(kind)) throw new Impossible(400, `Give "kind" as one of: ${faultKinds.join(', ')}.`);
  if (!Number.isInteger(count) || Number(count) < 1 || Number(count) > faultCountMax) {
    throw new Impossible(400, `Give "count" as a number from 1 to ${String(faultCountMax)}.`);
  }
  const last = deliverer.list().at(-1);
  if (kind !== 'replay_last' || last === undefined) {
    faults.arm(kind, Number(count), textOf(body['method']));
    workspace.changes.tell();
    return { armed: faults.list() };
  }
  const replayed = [];
  for (let sent = 0; sent < Number(count); sent += 1) {
    const { delivered, httpStatus, ackMs } = await deliverer.replay(last);
    replayed.push({ delivered, httpStatus, ackMs });
  }
  return { armed: faults.list(), replayed };
}
