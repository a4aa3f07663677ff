/** The people of the stand-in's workspace. Anyone at the page or at `/_sim/` can act as any of them. */
export interface Persona {
  readonly name: string;
  readonly id: string;
  readonly realName: string;
  readonly email: string;
  /** What a person at the page should know before acting as them. */
  readonly note: string;
  readonly isRestricted: boolean;
  /** Of another workspace, here through Slack Connect. */
  readonly isStranger: boolean;
  readonly deleted: boolean;
}

export interface UserGroup {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly members: readonly string[];
}

export const appId = 'ASIM00001';
export const botId = 'BSIM00001';
export const botUserId = 'USIMBOT';
export const botName = 'countersign';
export const otherTeamId = 'TSIMOTHER';
export const teamDomain = 'slack-stand-in';

export const personas: readonly Persona[] = [
  persona('sre-1', 'USIMSRE1', 'Sam (SRE)', 'in group sre'),
  persona('sre-2', 'USIMSRE2', 'Robin (SRE)', 'in group sre'),
  persona('dba-1', 'USIMDBA1', 'Dana (DBA)', 'in group dba'),
  persona('owner-1', 'USIMOWNER1', 'Olive (owner)', 'in group sre; answers for the service account ci-deployer'),
  persona('requester-1', 'USIMREQUESTER1', 'Riley', 'an employee in no approver group'),
  persona('guest', 'USIMGUEST', 'Gale (guest)', 'a guest of this workspace', { isRestricted: true }),
  persona('stranger', 'USIMSTRANGER', 'Sasha (other company)', 'of another workspace', { isStranger: true }),
  persona('deactivated', 'USIMDEACTIVATED', 'Devon (left)', 'deactivated', { deleted: true }),
];

export const userGroups: readonly UserGroup[] = [
  { id: 'SSIMSRE', handle: 'sre', name: 'SRE', members: ['USIMSRE1', 'USIMSRE2', 'USIMOWNER1'] },
  { id: 'SSIMDBA', handle: 'dba', name: 'DBA', members: ['USIMDBA1'] },
];

/** By user id or by name. */
export function findPersona(user: unknown): Persona | undefined {
  return personas.find(({ id, name }) => id === user || name === user);
}

function persona(
  name: string,
  id: string,
  realName: string,
  note: string,
  flags: Partial<Pick<Persona, 'isRestricted' | 'isStranger' | 'deleted'>> = {},
): Persona {
  const plain = { isRestricted: false, isStranger: false, deleted: false };
  return { name, id, realName, note, email: `${name}@example.com`, ...plain, ...flags };
}
