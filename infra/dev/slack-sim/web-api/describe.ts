import type { Message } from '../messages.ts';
import { appId, botId, botName, botUserId, otherTeamId, type Persona, type UserGroup } from '../personas.ts';
import type { JsonRecord } from '../records.ts';
import type { Channel, Workspace } from '../workspace.ts';

/** When everything in this workspace was made, in seconds; Slack has such a field on most objects. */
const madeAt = 1_700_000_000;

/** PURE. A message as Slack shows it; metadata only to those who asked for it. */
export function describeMessage(
  message: Message,
  workspace: Workspace,
  { metadata }: { readonly metadata: boolean },
): JsonRecord {
  const replies = workspace.messages.in(message.channel).filter(({ threadTs }) => threadTs === message.ts);
  return {
    type: 'message',
    user: message.user,
    ...(message.botId === undefined ? {} : { bot_id: message.botId, app_id: appId }),
    team: workspace.teamId,
    ts: message.ts,
    text: message.text,
    blocks: message.blocks,
    ...(message.edited === undefined ? {} : { edited: message.edited }),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(replies.length === 0 ? {} : { thread_ts: message.ts, reply_count: replies.length }),
    ...(metadata && message.metadata !== undefined ? { metadata: message.metadata } : {}),
  };
}

export function describeUser(persona: Persona, workspace: Workspace): JsonRecord {
  const { id, name, realName, email, isRestricted, isStranger, deleted } = persona;
  return {
    id,
    team_id: isStranger ? otherTeamId : workspace.teamId,
    name,
    real_name: realName,
    deleted,
    profile: { real_name: realName, display_name: name, email, team: isStranger ? otherTeamId : workspace.teamId },
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: isRestricted,
    is_ultra_restricted: false,
    is_stranger: isStranger,
    is_bot: false,
    is_app_user: false,
    is_email_confirmed: true,
    updated: madeAt,
  };
}

export function describeBot(workspace: Workspace): JsonRecord {
  return {
    id: botUserId,
    team_id: workspace.teamId,
    name: botName,
    real_name: 'Countersign',
    deleted: false,
    profile: { real_name: 'Countersign', bot_id: botId, api_app_id: appId, team: workspace.teamId },
    is_bot: true,
    is_app_user: false,
    updated: madeAt,
  };
}

export function describeChannel(channel: Channel, workspace: Workspace): JsonRecord {
  const isDirect = channel.with !== undefined;
  return {
    id: channel.id,
    ...(isDirect ? { user: channel.with } : { name: channel.name, name_normalized: channel.name }),
    created: madeAt,
    is_channel: !isDirect,
    is_im: isDirect,
    is_group: false,
    is_mpim: false,
    is_private: isDirect,
    is_archived: false,
    is_member: true,
    is_shared: false,
    is_ext_shared: false,
    is_pending_ext_shared: false,
    is_org_shared: false,
    context_team_id: workspace.teamId,
    num_members: workspace.membersOf(channel).length,
  };
}

export function describeGroup({ id, handle, name, members }: UserGroup, teamId: string): JsonRecord {
  return { id, team_id: teamId, is_usergroup: true, handle, name, user_count: members.length, date_delete: 0 };
}
