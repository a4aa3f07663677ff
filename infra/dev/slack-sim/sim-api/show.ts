import type { Delivery } from '../delivery/deliverer.ts';
import type { Ephemeral, Message } from '../messages.ts';
import { otherTeamId, type Persona } from '../personas.ts';
import type { JsonRecord } from '../records.ts';
import type { DescribedView, OpenView } from '../view-stacks.ts';
import type { Channel, Workspace } from '../workspace.ts';

/** PURE. What `/_sim/` answers with. Programs rely on these shapes: add to them, take nothing away. */

export function showUser(persona: Persona, { teamId }: Workspace): JsonRecord {
  return {
    id: persona.id,
    name: persona.name,
    real_name: persona.realName,
    email: persona.email,
    team_id: persona.isStranger ? otherTeamId : teamId,
    deleted: persona.deleted,
    is_restricted: persona.isRestricted,
    is_stranger: persona.isStranger,
    note: persona.note,
  };
}

export function showChannel(channel: Channel): JsonRecord {
  const { id, name } = channel;
  return { id, name, is_im: channel.with !== undefined, ...(channel.with === undefined ? {} : { user: channel.with }) };
}

export function showMessage(message: Message): JsonRecord {
  const { channel, ts, threadTs, user, text, blocks, edited, metadata } = message;
  return {
    channel,
    ts,
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    user,
    text,
    blocks,
    edited: edited !== undefined,
    ...(metadata === undefined ? {} : { metadata }),
  };
}

export function showEphemeral({ channel, ts, user, threadTs, text, blocks }: Ephemeral): JsonRecord {
  return { channel, ts, user, ...(threadTs === undefined ? {} : { thread_ts: threadTs }), text, blocks };
}

export function showView(view: OpenView, { views }: Workspace): DescribedView & { readonly user: string } {
  return { ...views.describe(view), user: view.userId };
}

export function showDelivery(delivery: Delivery): JsonRecord {
  const { viewId, what, error, request, ...shown } = delivery;
  return {
    ...shown,
    action: what,
    ...(viewId === undefined ? {} : { view_id: viewId }),
    ...(error === undefined ? {} : { error }),
    request,
  };
}
