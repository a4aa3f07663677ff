import type { UsersInfoResponse } from '@slack/web-api';
import type { ApproverFacts, DecisionFacts } from '../../workflows/contract/approval.ts';

export type SlackUser = NonNullable<UsersInfoResponse['user']>;

/** Why a Slack user can never be an approver. */
export type ApproverRefusal = 'guest' | 'bot' | 'deactivated' | 'other_team' | 'no_verified_email';

/**
 * PURE. Refuses a user that - is a bot, an app or a workflow - has been deactivated or never joined - is of another
 * workspace - is a guest - has no email, or one that was never confirmed.
 */
export function refusalOf(user: SlackUser, homeTeamId: string): ApproverRefusal | undefined {
  if (user.is_bot || user.is_app_user || user.is_workflow_bot || user.is_connector_bot) return 'bot';
  if (user.deleted || user.is_invited_user) return 'deactivated';
  if (user.is_stranger || user.team_id !== homeTeamId) return 'other_team';
  if (user.is_restricted || user.is_ultra_restricted) return 'guest';
  if (user.is_email_confirmed === false || (user.profile?.email ?? '') === '') return 'no_verified_email';
  return undefined;
}

/** PURE. What Slack says of the person behind a decision. `user` is undefined when our workspace does not know them. */
export function approverFacts(
  decision: DecisionFacts,
  user: SlackUser | undefined,
  homeTeamId: string,
  now: Date,
): ApproverFacts {
  const { decisionId, teamId, userId } = decision;
  const name = user?.profile?.real_name ?? user?.real_name ?? user?.name ?? userId;
  const seen = { decisionId, teamId, userId, name, checkedAt: now.toISOString() };
  if (user === undefined || user.id !== userId || teamId !== homeTeamId) return { ...seen, refusal: 'other_team' };
  const refusal = refusalOf(user, homeTeamId);
  const email = user.profile?.email;
  if (refusal !== undefined) return { ...seen, refusal };
  return email === undefined ? { ...seen, refusal: 'no_verified_email' } : { ...seen, email };
}
