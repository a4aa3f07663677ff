import { expect, it } from 'vitest';
import { approverFacts, refusalOf, type SlackUser } from '../../../../slack-app/identity/approver-rules.ts';
import { factsWith, homeTeam } from '../fixtures.ts';

const member: SlackUser = {
  id: 'U0SRE1',
  team_id: homeTeam,
  deleted: false,
  is_email_confirmed: true,
  profile: { real_name: 'Sasha', email: 'sre-1@example.com' },
};
const now = new Date('2026-11-24T13:55:00.000Z');

it('accepts a full member with a confirmed email', () => {
  expect(refusalOf(member, homeTeam)).toBeUndefined();
});

it.each<[string, Partial<SlackUser>]>([
  ['bot', { is_bot: true }],
  ['bot', { is_app_user: true }],
  ['bot', { is_workflow_bot: true }],
  ['bot', { is_connector_bot: true }],
  ['deactivated', { deleted: true }],
  ['deactivated', { is_invited_user: true }],
  ['guest', { is_restricted: true }],
  ['guest', { is_ultra_restricted: true }],
  ['other_team', { is_stranger: true }],
  ['other_team', { team_id: 'T0OTHER' }],
  ['no_verified_email', { is_email_confirmed: false }],
  ['no_verified_email', { profile: { real_name: 'Sasha' } }],
])('refuses as %s: %j', (refusal, changes) => {
  const user = { ...member, ...changes };
  expect(refusalOf(user, homeTeam)).toBe(refusal);
  const facts = approverFacts(factsWith(), user, homeTeam, now);
  expect(facts).toMatchObject({ refusal });
  expect(facts).not.toHaveProperty('email');
});

it('refuses a click that came from another workspace, whatever users.info says', () => {
  expect(approverFacts(factsWith({ teamId: 'T0OTHER' }), member, homeTeam, now)).toMatchObject({
    refusal: 'other_team',
  });
});

it('refuses when Slack describes another user than the one who clicked', () => {
  expect(approverFacts(factsWith({ userId: 'U0SRE2' }), member, homeTeam, now)).toMatchObject({
    refusal: 'other_team',
  });
});
