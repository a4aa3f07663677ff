import type { Requirement } from './requirement.ts';

const sql = 'unit/gateway/policy/commands/sql';

export const sqlCommands: readonly Requirement[] = [
  {
    id: 'command:sql:dangerous',
    says: 'SQL that does more than read is told by its name, however it is written and wherever it hides; none is read as harmless.',
    provenBy: [
      `${sql}/postgres.test.ts > that evades lists of words is told: %j`,
      `${sql}/postgres.test.ts > that does more than read is told: %j`,
      `${sql}/other.test.ts > that does more than read is told: %s %j`,
      `${sql}/fuzz.test.ts > that are dangerous stay so, however they are spaced, commented and written`,
    ],
  },
  {
    id: 'command:sql:harmless',
    says: 'SQL that only looks dangerous is a read, and so is what is harmless.',
    provenBy: [
      `${sql}/postgres.test.ts > that only looks dangerous is a read: %j`,
      `${sql}/postgres.test.ts > that is harmless is a read: %j`,
      `${sql}/other.test.ts > that is harmless is a read: %s %j`,
    ],
  },
  {
    id: 'command:sql:grammar',
    says: 'Every kind of statement that PostgreSQL has is known, or read as unknown; what a real server refuses to a transaction that only reads is never a read.',
    provenBy: [
      `${sql}/postgres.test.ts > has no statement that is neither known nor read as unknown`,
      'integration/postgres-read-only.test.ts > is none that a server refuses to a transaction that only reads: %j',
      'integration/postgres-read-only.test.ts > whatever a server refuses to a transaction that only reads is not read as harmless',
      'integration/postgres-read-only.test.ts > include none that the server keeps from ordinary users',
    ],
  },
  {
    id: 'command:sql:hostile',
    says: 'No text makes the readers of SQL fail, tell what a caller wrote, take longer than their time, or stop reading.',
    provenBy: [
      `${sql}/fuzz.test.ts > that are changed at random are read to something, and never past what PostgreSQL parses`,
      `${sql}/fuzz.test.ts > that are changed at random are read to something`,
      `${sql}/reading-time.test.ts > takes no longer for what is made to take long`,
      `${sql}/reading-time.test.ts > leaves a parser that reads on`,
    ],
  },
];
