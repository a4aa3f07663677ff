import type { Message } from '../messages.ts';
import type { JsonRecord } from '../records.ts';
import { findPersona } from '../personas.ts';
import { SlackError } from '../slack-error.ts';
import { channelOf, flagArgument, stringArgument, type ApiCall, type ApiMethod } from './api-call.ts';
import { describeChannel, describeMessage } from './describe.ts';

const limitDefault = 100;
const limitMax = 999;

export const conversationMethods: Readonly<Record<string, ApiMethod>> = {
  'conversations.info': (call) => ({ channel: describeChannel(channelOf(call), call.workspace) }),

  'conversations.members': (call) => ({
    members: call.workspace.membersOf(channelOf(call)),
    response_metadata: { next_cursor: '' },
  }),

  'conversations.open': ({ args, workspace }) => {
    const users = stringArgument(args, 'users')?.split(',') ?? [];
    const persona = users.length === 1 ? findPersona(users[0]) : undefined;
    if (persona === undefined) throw new SlackError('user_not_found');
    return { channel: describeChannel(workspace.openDirect(persona.id), workspace) };
  },

  'conversations.history': (call) => {
    const channel = channelOf(call);
    const messages = call.workspace.messages
      .in(channel.id, stringArgument(call.args, 'oldest'))
      .filter((message) => message.threadTs === undefined && isInRange(message, call.args))
      .reverse();
    return page(call, messages);
  },

  'conversations.replies': (call) => {
    const channel = channelOf(call);
    const ts = stringArgument(call.args, 'ts');
    const parent = call.workspace.messages.find(channel.id, ts);
    if (parent === undefined) throw new SlackError('thread_not_found');
    const replies = call.workspace.messages.in(channel.id, ts).filter(({ threadTs }) => threadTs === ts);
    const inRange = replies.filter((message) => isInRange(message, call.args));
    return page(call, [parent, ...inRange]);
  },
};

function isInRange({ ts }: Message, args: JsonRecord): boolean {
  const at = Number(ts);
  const oldest = Number(stringArgument(args, 'oldest') ?? 0);
  const latest = Number(stringArgument(args, 'latest') ?? Number.MAX_SAFE_INTEGER);
  return flagArgument(args, 'inclusive') ? at >= oldest && at <= latest : at > oldest && at < latest;
}

/** The cursor is the number of messages that came before, in Slack's opaque dress. */
function page({ args, workspace }: ApiCall, messages: readonly Message[]): JsonRecord {
  const limit = Math.min(limitMax, Math.max(1, Number(stringArgument(args, 'limit') ?? limitDefault) || limitDefault));
  const cursor = stringArgument(args, 'cursor');
  const start = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64').toString());
  if (!Number.isInteger(start) || start < 0) throw new SlackError('invalid_cursor');
  const end = start + limit;
  const more = end < messages.length;
  const metadata = flagArgument(args, 'include_all_metadata');
  return {
    messages: messages.slice(start, end).map((message) => describeMessage(message, workspace, { metadata })),
    has_more: more,
    response_metadata: { next_cursor: more ? Buffer.from(String(end)).toString('base64') : '' },
  };
}
