import type { Requirement } from './requirement.ts';

export const records: readonly Requirement[] = [
  {
    id: 'record:before-call',
    says: 'No record, no call: without the ledger the answer is 503 and the server sees nothing.',
    provenBy: [
      'end-to-end/crash.test.ts > means 503, and the upstream sees nothing; when it is back, so are the answers',
      'unit/gateway/pipeline.test.ts > that cannot be recorded is not made',
    ],
  },
  {
    id: 'record:before-answer',
    says: 'No record, no answer: request and answer are committed before the caller has it.',
    provenBy: [
      'end-to-end/protocol.test.ts > is in the ledger, request and answer, before its caller has it',
      'integration/streams-sessions.test.ts > withholds an answer that cannot be recorded, in words the caller can read',
    ],
  },
  {
    id: 'record:workflow',
    says: 'With `record: workflow` Temporal’s history shows a call recorded, then released, in ids and digests.',
    provenBy: [
      'end-to-end/record-in-workflow.test.ts > is recorded in order before it is released, and history shows it in ids and digests',
      'end-to-end/record-in-workflow.test.ts > keeps its answer back, recorded, until it is there again',
      'end-to-end/record-in-workflow.test.ts > has the answer it has without, to the byte',
      'end-to-end/record-in-workflow.test.ts > streams its progress before its answer, as without',
    ],
  },
  {
    id: 'record:workflow-outage',
    says: 'Without Temporal such a call is `unavailable`, and its server sees nothing.',
    provenBy: [
      'end-to-end/record-in-workflow.test.ts > means `unavailable` for it, and the server sees nothing; afterwards it runs',
      'unit/gateway/record/record-in-workflow.test.ts > because %s is never sent, however late it is asked for, and ends in the record',
    ],
  },
  {
    id: 'record:workflow-crash',
    says: 'A crash of worker or gateway sends no such call twice, and leaves none without an end.',
    provenBy: [
      'end-to-end/record-in-workflow.test.ts > of the worker leaves it its answer, and it is sent once',
      'end-to-end/record-in-workflow.test.ts > of the gateway ends it `unknown`, once; it is not sent again, and its workflow ends by itself',
      'integration/endings.test.ts > is none while it is open; closed as %s it is %s',
    ],
  },
  {
    id: 'record:acknowledged',
    says: 'No acknowledged entry is lost and none is written twice, when PostgreSQL is killed under load.',
    provenBy: [
      'integration/ledger-crash.test.ts > kill -9 of PostgreSQL under load loses no acknowledged entry and writes none twice',
    ],
  },
  {
    id: 'record:in-doubt',
    says: 'A commit whose answer was lost is looked up and comes out right, once.',
    provenBy: ['integration/ledger-crash.test.ts > (%s) is looked up and comes out right, once'],
  },
  {
    id: 'record:rollback',
    says: 'A commit that was answered with ROLLBACK is not taken for one.',
    provenBy: [
      'integration/ledger.test.ts > answered with ROLLBACK after a failed statement is not taken for a commit',
    ],
  },
  {
    id: 'record:bounded',
    says: 'The queue of the ledger is bounded: beyond it an entry is refused at once.',
    provenBy: ['integration/ledger.test.ts > waited for by 2,048 entries refuses the next one at once'],
  },
  {
    id: 'record:at-once',
    says: 'An entry is committed at once, also when it comes the very moment another is answered.',
    provenBy: ['integration/ledger.test.ts > made at the very moment another is answered is committed at once'],
  },
  {
    id: 'record:once',
    says: 'An entry with a once key stands once, and every retry is given its place.',
    provenBy: ['integration/ledger.test.ts > lets an entry stand once, and gives its place to every retry'],
  },
  {
    id: 'record:dense',
    says: 'Two processes at once make one dense log with one true root.',
    provenBy: [
      'integration/ledger-writers.test.ts > two writer processes at once make one dense log with one true root, and share their once keys',
      'end-to-end/crash.test.ts > leaves a ledger that is dense and unaltered',
    ],
  },
  {
    id: 'record:months',
    says: 'When the month turns, the next log commits to the final tree of the last.',
    provenBy: [
      'integration/ledger-months.test.ts > when the month turns, the next log commits to the final tree of the last, and nothing is lost',
    ],
  },
  {
    id: 'record:growth',
    says: 'What the product asks of its ledger costs the same however much stands in it.',
    provenBy: [
      'integration/ledger-growth.test.ts > a call reads and writes its own month and no other, and no table from end to end',
      'integration/ledger-growth.test.ts > an ending that may stand already is looked for by index in every month, and a retry finds it',
      'integration/ledger-growth.test.ts > receipts and bodies are found by index, however old they are',
      'integration/ledger-growth.test.ts > a sweeper reads by index, in the month it has come to, and closes what a dead gateway left open',
    ],
  },
  {
    id: 'record:append-only',
    says: 'The programs can neither change nor delete an entry.',
    provenBy: [
      'integration/ledger-roles.test.ts > cannot %s',
      'integration/ledger-roles.test.ts > cannot append at another place than the end',
    ],
  },
  {
    id: 'record:tamper-evident',
    says: 'What an administrator alters is found out.',
    provenBy: ['integration/ledger-roles.test.ts > and $what is found out'],
  },
  {
    id: 'record:bodies-encrypted',
    says: 'Bodies lie encrypted, and come back byte for byte with the keys only.',
    provenBy: [
      'integration/ledger-bodies.test.ts > a body comes back byte for byte, from any process that has the keys',
      'integration/ledger-bodies.test.ts > neither its text nor its salt nor its key stands anywhere in clear',
    ],
  },
  {
    id: 'record:erasure',
    says: 'With its key destroyed a body is gone, and the log still verifies.',
    provenBy: [
      'integration/ledger-bodies.test.ts > after its key was destroyed it is gone, the log still verifies, and new bodies get a new key',
    ],
  },
  {
    id: 'record:migrations',
    says: 'Migrations run at once by many are applied once.',
    provenBy: [
      'integration/ledger-migrations.test.ts > run at once by many, in one database and in several, they are applied once in each',
    ],
  },
  {
    id: 'mask:answers',
    says: 'Answers come back masked, as text and as structure alike.',
    provenBy: ['end-to-end/protocol.test.ts > comes back masked, as text and as structure alike'],
  },
  {
    id: 'mask:nowhere',
    says: 'A secret in any field is found nowhere: no history, table, log or card.',
    provenBy: ['end-to-end/secrets.test.ts > is found nowhere: not in histories, the database, logs or Slack'],
  },
  {
    id: 'mask:encoded',
    says: 'Secrets inside base64, images and recordings are masked too.',
    provenBy: ['unit/gateway/masking/encoded-bodies.test.ts > is masked inside and encoded anew: %s'],
  },
  {
    id: 'mask:across',
    says: 'A secret cut in two by messages is not shown whole.',
    provenBy: ['unit/gateway/masking/stream-seam.test.ts > complete no token, wherever it is cut'],
  },
  {
    id: 'mask:unreadable',
    says: 'What cannot be read to be masked is withheld.',
    provenBy: [
      'integration/streams.test.ts > that is not UTF-8 is withheld',
      'unit/gateway/masking/encoded-bodies.test.ts > withholds the message when it is declared as text and cannot be read',
    ],
  },
  {
    id: 'mask:schema',
    says: 'A masked answer never breaks the output schema of its tool, and a busy moment takes no answer away for good.',
    provenBy: [
      'unit/gateway/masking/output-schema.test.ts > makes an error of an answer that breaks %s, with its text kept masked',
      'unit/gateway/masking/output-schema.test.ts > goes on with a schema for which one answer took too long, as on a machine that stood still',
    ],
  },
];
