import type { Requirement } from './requirement.ts';

export const limits: readonly Requirement[] = [
  {
    id: 'pause:within-a-second',
    says: 'A pause of a connection, a caller or everything holds on all gateways within a second, and so does its end.',
    provenBy: [
      'end-to-end/pauses.test.ts > that is set through one gateway stops calls on both within a second, and so does its end',
      'end-to-end/pauses.test.ts > of a caller stops that caller and no other',
    ],
  },
  {
    id: 'pause:fails-closed',
    says: 'A gateway that cannot read what is paused lets nothing through.',
    provenBy: [
      'unit/gateway/limits/pauses.test.ts > lets nothing through by what it knew a second ago, and says so within two seconds',
    ],
  },
  {
    id: 'pause:recorded',
    says: 'A pause is in the ledger with who, why and until when, in one commit with its taking force, and so is its end.',
    provenBy: [
      'end-to-end/pauses.test.ts > is recorded with who, why and until when, and so is each call that it stopped',
      'integration/pauses.test.ts > is set once and lifted once, however many operators do so at the same time through whatever gateway',
      'integration/pauses.test.ts > ends by itself, is then written down once, and can be set anew',
    ],
  },
  {
    id: 'pause:approved-waits',
    says: 'What was approved does not run while it is paused, and runs once afterwards.',
    provenBy: [
      'end-to-end/pauses.test.ts > does not run, its caller is told so, and runs for who calls again once the pause is lifted',
      'end-to-end/pauses.test.ts > waits as a task until the pause is lifted, and then runs once',
    ],
  },
  {
    id: 'pause:cuts-off',
    says: 'A pause ends streams without an end, and with `--now` cuts off what is under way.',
    provenBy: [
      'end-to-end/pauses.test.ts > goes on, but for streams without an end; with --now it is cut off, and may have run',
      'end-to-end/pauses.test.ts > and is a stream of a session is ended, and refused when its client opens it again',
    ],
  },
  {
    id: 'limit:told',
    says: 'A call beyond a limit does not run; its caller reads which limit and when to come back.',
    provenBy: [
      'end-to-end/limits.test.ts > is refused with the limit, the reason and when to come back, and is recorded',
      'unit/gateway/limits/limiter.test.ts > beyond a rate reads which limit it was and when to come back',
    ],
  },
  {
    id: 'limit:rate',
    says: 'No stretch of time has more calls than a rate says, wherever it begins.',
    provenBy: [
      'unit/gateway/limits/rate-window.test.ts > of which %i gateways keep a part is never exceeded in any stretch of time',
    ],
  },
  {
    id: 'limit:under-way',
    says: 'What is under way is counted exactly, however calls begin and end.',
    provenBy: [
      'integration/limits-under-way.test.ts > what is under way is let go of in whatever way it ends, over real sockets',
      'unit/gateway/limits/limiter.test.ts > is counted exactly, however calls begin and end',
    ],
  },
  {
    id: 'limit:open-approvals',
    says: 'A caller never has more open approvals than it may, although all gateways open some at once.',
    provenBy: [
      'integration/pauses.test.ts > of one caller are never more than the limit, although all gateways open some at the same time',
      'end-to-end/limits.test.ts > opens no more, joins those it has, and opens another once one is decided',
    ],
  },
  {
    id: 'limit:floods',
    says: 'A flood of refusals is counted instead of recorded one by one, and the ledger says so before it does not have one.',
    provenBy: [
      'end-to-end/limits.test.ts > again and again is counted: the ledger says that it counts, and how many there were',
      'unit/gateway/limits/refusal-floods.test.ts > of a flood are counted, once the ledger says so and not before',
      'unit/gateway/limits/refusal-floods.test.ts > is as large as what was refused, however refusals, looks, outages and the end fall',
    ],
  },
];
