import type { BlockAction, SlashCommand, ViewClosedAction, ViewOutput, ViewSubmitAction } from '@slack/bolt';
import type { PlacedElement } from '../blocks/find-element.ts';
import { appId, otherTeamId, teamDomain, type Persona } from '../personas.ts';
import type { JsonRecord } from '../records.ts';
import type { DescribedView } from '../view-stacks.ts';
import type { Channel, Workspace } from '../workspace.ts';
import { verificationToken } from './sign.ts';

const isEnterpriseInstall = false;

/** PURE. `block_actions` of a button on a message. */
export function messageAction(
  workspace: Workspace,
  click: {
    readonly persona: Persona;
    readonly channel: Channel;
    readonly ts: string;
    /** Absent for a message only its reader sees. */
    readonly message: JsonRecord | undefined;
    readonly action: JsonRecord;
    readonly triggerId: string;
    readonly responseUrl: string;
  },
): JsonRecord {
  const { persona, channel, message, ts } = click;
  const isEphemeral = message === undefined;
  return {
    ...sender(workspace, persona),
    type: 'block_actions',
    container: { type: 'message', message_ts: ts, channel_id: channel.id, is_ephemeral: isEphemeral },
    trigger_id: click.triggerId,
    channel: { id: channel.id, name: channel.name },
    ...(message === undefined ? {} : { message: { ...message, type: 'message', ts } }),
    state: { values: {} },
    response_url: click.responseUrl,
    // The action has the fields of its element, whichever that is; Bolt's union cannot be told apart from here.
    actions: [click.action] as unknown as BlockAction['actions'],
  } satisfies Omit<BlockAction, 'enterprise'> & { enterprise: null };
}

/** PURE. `block_actions` of a button inside a modal: it names no channel and no message. */
export function viewAction(
  workspace: Workspace,
  click: {
    readonly persona: Persona;
    readonly view: DescribedView;
    readonly action: JsonRecord;
    readonly triggerId: string;
  },
): JsonRecord {
  return {
    ...sender(workspace, click.persona),
    type: 'block_actions',
    container: { type: 'view', view_id: click.view.id },
    trigger_id: click.triggerId,
    view: outputOf(click.view),
    actions: [click.action] as unknown as BlockAction['actions'],
  } satisfies Omit<BlockAction, 'enterprise' | 'response_url'> & { enterprise: null };
}

/** PURE. One entry of `actions`: what is known of the element, and what was chosen. */
export function actionOf({ element, blockId }: PlacedElement, chosen: JsonRecord, actionTs: string): JsonRecord {
  const { options: _options, confirm: _confirm, accessibility_label: _label, ...shown } = element;
  return { ...shown, ...chosen, block_id: blockId, action_ts: actionTs };
}

/** PURE. */
export function viewSubmission(
  workspace: Workspace,
  persona: Persona,
  view: DescribedView,
  triggerId: string,
): JsonRecord {
  return {
    ...sender(workspace, persona),
    type: 'view_submission',
    trigger_id: triggerId,
    view: outputOf(view),
    response_urls: [],
  } satisfies Omit<ViewSubmitAction, 'enterprise'> & { enterprise: null };
}

/** PURE. */
export function viewClosed(workspace: Workspace, persona: Persona, view: DescribedView): JsonRecord {
  return {
    ...sender(workspace, persona),
    type: 'view_closed',
    view: outputOf(view),
    is_cleared: false,
  } satisfies Omit<ViewClosedAction, 'enterprise'> & { enterprise: null };
}

/** PURE. A slash command: flat text fields, and no `payload`. */
export function slashCommand(
  workspace: Workspace,
  persona: Persona,
  given: {
    readonly channel: Channel;
    readonly command: string;
    readonly text: string;
    readonly triggerId: string;
    readonly responseUrl: string;
  },
): Record<string, string> {
  return {
    token: verificationToken,
    team_id: teamOf(workspace, persona),
    team_domain: teamDomain,
    channel_id: given.channel.id,
    channel_name: given.channel.name,
    user_id: persona.id,
    user_name: persona.name,
    command: given.command,
    text: given.text,
    api_app_id: appId,
    is_enterprise_install: String(isEnterpriseInstall),
    response_url: given.responseUrl,
    trigger_id: given.triggerId,
  } satisfies SlashCommand;
}

/** PURE. The form in which Slack sends an interaction. */
export function formOf(payload: JsonRecord): string {
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

/** The home workspace of the app is `team`; a person from elsewhere says so in `user.team_id` only. */
function sender(workspace: Workspace, persona: Persona) {
  return {
    user: { id: persona.id, username: persona.name, name: persona.name, team_id: teamOf(workspace, persona) },
    api_app_id: appId,
    token: verificationToken,
    team: { id: workspace.teamId, domain: teamDomain },
    enterprise: null,
    is_enterprise_install: isEnterpriseInstall,
  };
}

function teamOf({ teamId }: Workspace, { isStranger }: Persona): string {
  return isStranger ? otherTeamId : teamId;
}

function outputOf(view: DescribedView): ViewOutput {
  return view as unknown as ViewOutput;
}
