import { appId, botId, botName, botUserId, findPersona, personas, teamDomain, userGroups } from '../personas.ts';
import { SlackError } from '../slack-error.ts';
import { flagArgument, stringArgument, type ApiMethod } from './api-call.ts';
import { describeBot, describeGroup, describeUser } from './describe.ts';

export const peopleMethods: Readonly<Record<string, ApiMethod>> = {
  'auth.test': ({ workspace, origin }) => ({
    url: `${origin}/`,
    team: teamDomain,
    user: botName,
    team_id: workspace.teamId,
    user_id: botUserId,
    bot_id: botId,
    app_id: appId,
    is_enterprise_install: false,
  }),

  'users.info': ({ args, workspace }) => {
    const id = stringArgument(args, 'user');
    if (id === botUserId) return { user: describeBot(workspace) };
    const persona = personas.find((person) => person.id === id);
    if (persona === undefined) throw new SlackError('user_not_found');
    return { user: describeUser(persona, workspace) };
  },

  'users.list': ({ workspace }) => ({
    members: [...personas.map((person) => describeUser(person, workspace)), describeBot(workspace)],
    response_metadata: { next_cursor: '' },
  }),

  // Like Slack, this finds active members of the own workspace only.
  'users.lookupByEmail': ({ args, workspace }) => {
    const email = stringArgument(args, 'email')?.toLowerCase();
    const persona = personas.find((person) => person.email === email && !person.deleted && !person.isStranger);
    if (persona === undefined) throw new SlackError('users_not_found');
    return { user: describeUser(persona, workspace) };
  },

  'usergroups.list': ({ args, workspace }) => ({
    usergroups: userGroups.map((group) => ({
      ...describeGroup(group, workspace.teamId),
      ...(flagArgument(args, 'include_users') ? { users: group.members } : {}),
    })),
  }),

  'usergroups.users.list': ({ args }) => {
    const group = userGroups.find(({ id }) => id === stringArgument(args, 'usergroup'));
    if (group === undefined) throw new SlackError('no_such_subteam');
    return { users: group.members.filter((id) => findPersona(id)?.deleted === false) };
  },
};
