import type { Message } from '../messages.ts';
import { botUserId } from '../personas.ts';
import { SlackError } from '../slack-error.ts';
import { channelOf, stringArgument, type ApiCall, type ApiMethod } from './api-call.ts';
import { describeMessage } from './describe.ts';
import { contentOf, updateTextBytesMax } from './message-content.ts';

export const chatMethods: Readonly<Record<string, ApiMethod>> = {
  'chat.postMessage': (call) => {
    const channel = channelOf(call);
    const { args, workspace } = call;
    const threadTs = stringArgument(args, 'thread_ts');
    if (threadTs !== undefined && workspace.messages.find(channel.id, threadTs) === undefined) {
      throw new SlackError('thread_not_found');
    }
    const content = contentOf(args, workspace.chance.newId);
    const message = workspace.messages.post({ channel: channel.id, threadTs, ...content });
    return {
      channel: channel.id,
      ts: message.ts,
      message: describeMessage(message, workspace, { metadata: true }),
    };
  },

  'chat.update': (call) => {
    const message = ownMessage(call, 'cant_update_message');
    const { args, workspace } = call;
    // With a text and no blocks the blocks go; with neither there is nothing to do.
    const content = contentOf(args, workspace.chance.newId);
    if (Buffer.byteLength(content.text) > updateTextBytesMax) throw new SlackError('msg_too_long');
    const updated = workspace.messages.update(message, content);
    return {
      channel: updated.channel,
      ts: updated.ts,
      text: updated.text,
      message: describeMessage(updated, workspace, { metadata: true }),
    };
  },

  'chat.delete': (call) => {
    const message = ownMessage(call, 'cant_delete_message');
    call.workspace.messages.delete(message);
    return { channel: message.channel, ts: message.ts };
  },

  'chat.postEphemeral': (call) => {
    const channel = channelOf(call);
    const { args, workspace } = call;
    const user = stringArgument(args, 'user');
    if (user === undefined || !workspace.membersOf(channel).includes(user)) throw new SlackError('user_not_in_channel');
    const { text, blocks } = contentOf(args, workspace.chance.newId);
    const threadTs = stringArgument(args, 'thread_ts');
    const { ts } = workspace.messages.postEphemeral({ channel: channel.id, user, threadTs, text, blocks });
    return { message_ts: ts };
  },

  'chat.getPermalink': (call) => {
    const channel = channelOf(call);
    const { ts } = call.workspace.messages.get(channel.id, stringArgument(call.args, 'message_ts'));
    return { channel: channel.id, permalink: `${call.origin}/#${channel.id}/${ts}` };
  },
};

/** The app changes what it wrote itself, and nothing else. */
function ownMessage(call: ApiCall, refusal: string): Message {
  const channel = channelOf(call);
  const message = call.workspace.messages.get(channel.id, stringArgument(call.args, 'ts'));
  if (message.user !== botUserId) throw new SlackError(refusal);
  return message;
}
