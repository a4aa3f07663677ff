/** A process that appends to the ledger with many callers at once, and prints a line for every acknowledged entry. */
import { openLedger } from '../../workflows/evidence/ledger.ts';
import { draft, keys, origin } from './ledger-world.ts';

const [connectionString = '', instance = '', countText = '', inFlightText = ''] = process.argv.slice(2);
const ledger = await openLedger({
  connectionString,
  origin,
  instance,
  keys,
  now: () => new Date(),
  deadlineMs: 30_000,
});
let next = 0;
await Promise.all(
  Array.from({ length: Number(inFlightText) }, async () => {
    while (next < Number(countText)) {
      const number = next;
      next += 1;
      const own = draft(`${instance}/${number}`);
      const shared = draft(`shared/${number}`, { once: `shared/${number}` });
      for (const each of [own, shared]) {
        const [entry] = await ledger.append([each]);
        process.stdout.write(`${JSON.stringify({ text: each.facts['text'], ...entry })}\n`);
      }
    }
  }),
);
await ledger.close();
