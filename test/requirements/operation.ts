import type { Requirement } from './requirement.ts';

export const operation: readonly Requirement[] = [
  {
    id: 'crash:worker',
    says: 'A worker that is killed while a call waits loses nothing.',
    provenBy: ['end-to-end/crash.test.ts > of the worker loses nothing'],
  },
  {
    id: 'crash:slack-app',
    says: 'A Slack app that is killed while a call waits loses nothing.',
    provenBy: ['end-to-end/crash.test.ts > of slack-app loses nothing'],
  },
  {
    id: 'crash:gateway:waiting',
    says: 'A gateway that is killed keeps the case: the retry joins it, and the call runs once.',
    provenBy: ['end-to-end/crash.test.ts > of the gateway keeps the case: the retry joins it and the call runs once'],
  },
  {
    id: 'crash:gateway:running',
    says: 'A call whose gateway is killed while it runs is `unknown`, and never run again by itself.',
    provenBy: [
      'end-to-end/crash.test.ts > ends it as unknown: recorded, told to the retry, and never run again by itself',
      'end-to-end/tasks.test.ts > while the call runs makes it unknown, and it is not run again',
    ],
  },
  {
    id: 'crash:gateway:task',
    says: 'A task survives its gateway.',
    provenBy: [
      'end-to-end/tasks.test.ts > before the approval loses no task',
      'end-to-end/tasks.test.ts > after the approval and before it ran the call leaves it to the next',
      'integration/tasks.test.ts > is tried again after a gateway was lost before it sent anything, and the lost one cannot come back',
    ],
  },
  {
    id: 'crash:failpoints',
    says: 'Under load, a death after the intent, after the answer and after its record loses nothing, runs nothing twice and leaves nothing open.',
    provenBy: [
      'end-to-end/failpoints.test.ts > at %s breaks no promise',
      'end-to-end/failpoints.test.ts > leaves no call, case or caller without its end',
    ],
  },
  {
    id: 'crash:grant-ends',
    says: 'A grant ends in its time, also while callers wait that were lost with their gateway.',
    provenBy: ['end-to-end/crash.test.ts > do not keep a grant in force beyond its end'],
  },
  {
    id: 'outage:temporal',
    says: 'A Temporal that is away stops calls that need approval, and no others.',
    provenBy: ['end-to-end/crash.test.ts > stops calls that need approval, and no others'],
  },
  {
    id: 'outage:postgres-short',
    says: 'A short outage of PostgreSQL is not noticed by callers.',
    provenBy: ['integration/ledger-crash.test.ts > a short outage is not noticed by callers'],
  },
  {
    id: 'outage:issuer',
    says: 'A token of an issuer that cannot be reached is refused, and asked for again the next time.',
    provenBy: [
      'unit/gateway/authenticate/bearer-token.test.ts > of an issuer that cannot be reached is refused, and asked for again the next time',
    ],
  },
  {
    id: 'drain:no-failed-call',
    says: 'Gateways replaced one after the other under load fail no call beyond the documented identical retry.',
    provenBy: [
      'end-to-end/rolling-restart.test.ts > fail no call: each is answered as by its server, or after the documented identical retry',
    ],
  },
  {
    id: 'drain:held-once',
    says: 'A held call runs once, after one card, whatever gateway goes meanwhile.',
    provenBy: ['end-to-end/rolling-restart.test.ts > run each held call once, after one card in one case'],
  },
  {
    id: 'drain:recorded',
    says: 'Gateways that drain leave no call without an end.',
    provenBy: [
      'end-to-end/rolling-restart.test.ts > leave no call without an end in the ledger, which is dense and unaltered',
    ],
  },
  {
    id: 'drain:cut-off',
    says: 'What does not end within the drain is answered and recorded as `unknown`.',
    provenBy: [
      'end-to-end/transport.test.ts > is answered, and recorded as unknown, when the gateway is told to stop; streams end at once',
    ],
  },
  {
    id: 'drain:whole-answers',
    says: 'A drain cuts no answer off that is on its way out.',
    provenBy: ['unit/gateway/release/quiet-connections.test.ts > lets an answer leave whole that is on its way out'],
  },
  {
    id: 'drain:time',
    says: 'Compose waits for as long as each program takes to stop.',
    provenBy: [
      'unit/infra/docker/compose.test.ts > gives every program of ours the time it takes to stop, and some to close',
    ],
  },
  {
    id: 'drain:worker',
    says: 'A worker and a Slack app that are told to stop end in order, and another worker goes on.',
    provenBy: ['end-to-end/rolling-restart.test.ts > end in order, and another worker goes on with what waits'],
  },
  {
    id: 'sweep:leader-free',
    says: 'Two workers that sweep at once end each call once.',
    provenBy: ['integration/sweep.test.ts > at once by several workers ends each open call once'],
  },
  {
    id: 'sweep:followed',
    says: 'The death of a gateway leaves little to look at, however many calls it has served.',
    provenBy: [
      'integration/sweep.test.ts > is followed as far as its calls have ended, and no further',
      'integration/sweep.test.ts > that dies leaves only what came after to be looked at, and its open calls are ended',
    ],
  },
  {
    id: 'sweep:outlives-worker',
    says: 'A dead gateway is found dead in its time, although the workers that look die one after the other.',
    provenBy: [
      'integration/outages.test.ts > ends the calls of a dead gateway although the workers that look die one after the other',
      'integration/outages.test.ts > adds no time twice when several look at once',
    ],
  },
  {
    id: 'replay:releases',
    says: 'Histories of earlier releases replay.',
    provenBy: ['integration/replay.test.ts > go on under this one: every saved history replays'],
  },
  {
    id: 'start:restarted',
    says: 'A program that is killed is started again, and callers are served.',
    provenBy: [
      'end-to-end/supervision.test.ts > %s is started again, and callers are served',
      'integration/supervisor.test.ts > starts a killed program again, as another process, and leaves the others alone',
    ],
  },
  {
    id: 'start:temporal',
    says: 'Temporal is found or fetched from pinned sources only, and each failure says what was tried.',
    provenBy: ['integration/temporal-binary.test.ts > names every source and the next step when none works'],
  },
  {
    id: 'start:sample',
    says: 'The sample server counts what reaches it, so that a test can tell.',
    provenBy: ['integration/ops-server.test.ts > counts every execution with the digest of its arguments'],
  },
  {
    id: 'compose:runs',
    says: 'The commands, health checks and environment of Compose run.',
    provenBy: ['integration/compose.test.ts > all of ours run'],
  },
  {
    id: 'compose:signing-key',
    says: 'The key that signs decisions lies where the Slack app alone mounts it.',
    provenBy: ['integration/compose.test.ts > keep the key that signs decisions where the Slack app alone mounts it'],
  },
  {
    id: 'outage:database:told-in-two-seconds',
    says: 'While PostgreSQL is away, every caller hears 503 within two seconds, nothing reaches a server, and it goes on by itself.',
    provenBy: [
      'end-to-end/outages-database.test.ts > means 503 in two seconds for each of 500 callers in bounded memory, and no call; then it goes on by itself',
      'end-to-end/outages-database.test.ts > means 503 in two seconds for a session that this gateway does not have at hand, and for its health',
      'integration/outages.test.ts > says within its time that PostgreSQL is paused, to each of 200 callers, and goes on when it is back',
      'integration/outages.test.ts > survives that its connections are reset, and that the server takes no writes',
    ],
  },
  {
    id: 'outage:database:slow-or-read-only',
    says: 'A database that is slow or takes no writes makes callers wait or refuses them; no answer leaves without a record.',
    provenBy: [
      'end-to-end/outages-database.test.ts > makes callers wait or means 503, never an answer without a record nor a call twice',
      'end-to-end/outages-database.test.ts > means 503 in two seconds and no call, and its writers go on when it takes writes again',
    ],
  },
  {
    id: 'outage:database:withholds-until-recorded',
    says: 'An answer that cannot be recorded is withheld, and its record is written when the database is back.',
    provenBy: [
      'end-to-end/outages-database.test.ts > while a call runs withholds its answer, and the record of that is written when it is back',
    ],
  },
  {
    id: 'outage:database:case-stands',
    says: 'A case outlives an outage of PostgreSQL, and its call runs once.',
    provenBy: [
      'end-to-end/outages-database.test.ts > while a call waits for approval keeps its case: the click is taken when it is back, and it runs once',
    ],
  },
  {
    id: 'outage:database:failover',
    says: 'A failover under load leaves every call answered and recorded, or refused.',
    provenBy: [
      'end-to-end/outages-database.test.ts > under load resets every connection, and each call is answered and recorded or refused, and runs once',
      'end-to-end/outages-database.test.ts > while calls come to be held answers each of them in time, and none is left without an ending',
    ],
  },
  {
    id: 'outage:temporal:unavailable',
    says: 'While Temporal is away, held calls hear `unavailable`, others go on, and a case that waits goes on waiting.',
    provenBy: [
      'end-to-end/outages.test.ts > means `unavailable` in its time for every call that needs approval; others go on, and so do these afterwards',
      'end-to-end/outages.test.ts > while a call waits keeps it waiting: its click counts once Temporal is back, and it runs once',
    ],
  },
  {
    id: 'outage:issuer:known-keys-stand',
    says: 'While the identity provider is away, its known keys stay in force, and a 401 says why.',
    provenBy: [
      'end-to-end/outages.test.ts > whose name cannot be resolved means 401 with the reason, for each of 100 callers and within its time',
      'end-to-end/outages.test.ts > that does not answer leaves its known keys in force, also for tokens never seen and under a new policy',
    ],
  },
  {
    id: 'outage:server:documented-answer',
    says: 'A server that hangs, breaks off or talks nonsense means `unknown` in its time, is sent nothing twice, and is called again when it is sound.',
    provenBy: [
      'end-to-end/outages.test.ts > that hangs, before or in the middle of its answer, means `unknown` at the connection’s timeout, for each of 50 callers',
      'end-to-end/outages.test.ts > that drops the connection in the middle of its answer means `unknown`, at once, and is sent nothing twice',
      'end-to-end/outages.test.ts > that speaks no HTTP means `unknown`, at once',
      'end-to-end/outages.test.ts > that was broken is called again as soon as it is sound, with nobody’s help',
    ],
  },
  {
    id: 'outage:clock:ends-nothing-that-lives',
    says: 'A clock that jumps by an hour ends tokens by it, and nothing else.',
    provenBy: [
      'end-to-end/outages-disk-and-clock.test.ts > ahead ends tokens by it and nothing else: who asks for a new one is served',
      'end-to-end/outages-disk-and-clock.test.ts > ahead and back while a call waits: it stays open, its click counts, and it runs once',
      'integration/outages.test.ts > leaves a gateway alone that an outage of PostgreSQL kept from renewing',
      'integration/outages.test.ts > settles the execution of a dead gateway whose lease ends in an hour, and of no living one',
    ],
  },
];
