import { findElement, type PlacedElement } from './blocks/find-element.ts';
import { stateOf, valueOf } from './blocks/input-state.ts';
import type { Deliverer, Delivery } from './delivery/deliverer.ts';
import { actionOf, formOf, messageAction, slashCommand, viewAction, viewClosed } from './delivery/payloads.ts';
import type { Message } from './messages.ts';
import type { Persona } from './personas.ts';
import { isRecord, type JsonRecord } from './records.ts';
import { answerCommand } from './respond.ts';
import type { DescribedView, OpenView } from './view-stacks.ts';
import { describeMessage } from './web-api/describe.ts';
import type { Channel, Workspace } from './workspace.ts';

export interface InteractionParts {
  readonly workspace: Workspace;
  readonly deliverer: Deliverer;
  /** Base URL for response_url. */
  readonly origin: string;
  /** How long a click waits, after its acknowledgement, for what the app does with it. */
  readonly reactionMsMax: number;
}

/** What a person asks for cannot be done here; `status` is the HTTP status that says why. */
export class Impossible extends Error {
  override readonly name = 'Impossible';
  readonly status: 400 | 404 | 409;

  constructor(status: 400 | 404 | 409, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

export interface ClickResult {
  readonly delivered: boolean;
  readonly httpStatus: number;
  readonly ackMs: number;
  /** The modal the app opened for this click. */
  readonly view?: DescribedView;
}

export interface MessageClick {
  readonly persona: Persona;
  readonly channel: string;
  readonly ts: string;
  readonly actionId: string;
  readonly blockId: string | undefined;
  /** What was chosen, when the element is no button. */
  readonly value: unknown;
  /** Press a button the message had before its last update: somebody whose client fell behind still can. */
  readonly stale: boolean;
}

/** Presses something on a message. Throws {@link Impossible} when there is nothing to press. */
export async function clickMessage(parts: InteractionParts, click: MessageClick): Promise<ClickResult> {
  const { workspace } = parts;
  const { persona, ts } = click;
  const channel = workspace.channel(click.channel);
  if (channel === undefined) throw new Impossible(404, 'There is no such channel; GET /_sim/channels lists them.');
  const { placed, shown } = findPressed(workspace, click);
  const trigger = workspace.triggers.make(persona.id);
  const place = { channel: channel.id, userId: persona.id, ts, isEphemeral: shown === undefined };
  const action = actionOf(placed, chosenOf(placed, click.value), workspace.messages.nextTs());
  const payload = messageAction(workspace, {
    persona,
    channel,
    ts,
    message: shown === undefined ? undefined : describeMessage(shown, workspace, { metadata: true }),
    action,
    triggerId: trigger.id,
    responseUrl: parts.origin + workspace.responseUrls.make(place),
  });
  const subject = { kind: 'block_actions', user: persona.id, channel: channel.id, ts, what: click.actionId } as const;
  const before = reactionsTo(workspace, persona, click);
  const delivery = await parts.deliverer.deliver(subject, formOf(payload));
  return clickResult(parts, delivery, trigger.id, () => reactionsTo(workspace, persona, click) !== before);
}

/** Presses a button inside a modal. */
export async function clickView(
  parts: InteractionParts,
  click: { readonly persona: Persona; readonly view: OpenView; readonly actionId: string; readonly values: unknown },
): Promise<ClickResult> {
  const { workspace } = parts;
  const { persona, view, actionId } = click;
  const shown = workspace.views.describe(view);
  const placed = findElement(shown.blocks, actionId);
  if (placed === undefined) throw new Impossible(409, 'The modal has no such element; GET /_sim/views shows it.');
  const trigger = workspace.triggers.make(persona.id, view.id);
  const state = stateOf(shown.blocks, click.values);
  const chosen = state[placed.blockId]?.[actionId];
  const action = actionOf(placed, isRecord(chosen) ? chosen : {}, workspace.messages.nextTs());
  const described = workspace.views.describe(view, state);
  const payload = viewAction(workspace, { persona, view: described, action, triggerId: trigger.id });
  const subject = { kind: 'block_actions', user: persona.id, viewId: view.id, what: actionId } as const;
  const delivery = await parts.deliverer.deliver(subject, formOf(payload));
  return clickResult(parts, delivery, trigger.id, () => workspace.views.find(view.id)?.hash !== view.hash);
}

/** Closes a modal without submitting it; the app hears of it only if it asked to. */
export async function closeView(
  { workspace, deliverer }: InteractionParts,
  persona: Persona,
  view: OpenView,
): Promise<{ readonly closed: string }> {
  const described = workspace.views.describe(view);
  workspace.views.close(view, { all: false });
  if (described.notify_on_close) {
    const subject = { kind: 'view_closed', user: persona.id, viewId: view.id, what: described.callback_id } as const;
    await deliverer.deliver(subject, formOf(viewClosed(workspace, persona, described)));
  }
  return { closed: view.id };
}

export async function sendCommand(
  parts: InteractionParts,
  given: { readonly persona: Persona; readonly channel: Channel; readonly command: string; readonly text: string },
): Promise<ClickResult> {
  const { workspace } = parts;
  const { persona, channel, command } = given;
  const trigger = workspace.triggers.make(persona.id);
  const place = { channel: channel.id, userId: persona.id, isEphemeral: true };
  const responseUrl = parts.origin + workspace.responseUrls.make(place);
  const fields = slashCommand(workspace, persona, { ...given, triggerId: trigger.id, responseUrl });
  const subject = { kind: 'slash_command', user: persona.id, channel: channel.id, what: command } as const;
  const before = workspace.messages.ephemeralsOf(persona.id).length;
  const delivery = await parts.deliverer.deliver(subject, new URLSearchParams(fields).toString());
  if (delivery.acknowledged) answerCommand(workspace, place, delivery.response);
  const answered = (): boolean => workspace.messages.ephemeralsOf(persona.id).length !== before;
  return clickResult(parts, delivery, trigger.id, answered);
}

/** What stands where the click goes: on the message, or on the private message of this person. */
function findPressed(
  { messages }: Workspace,
  { persona, channel, ts, actionId, blockId, stale }: MessageClick,
): { readonly placed: PlacedElement; readonly shown: Message | undefined } {
  const message = messages.find(channel, ts);
  const ephemeral = messages.ephemeralsOf(persona.id).find((one) => one.channel === channel && one.ts === ts);
  if (message === undefined && ephemeral === undefined) {
    throw new Impossible(404, 'There is no such message; GET /_sim/messages lists them.');
  }
  const versions = [
    message?.blocks ?? ephemeral?.blocks ?? [],
    ...(stale ? (message?.earlierBlocks ?? []) : []).toReversed(),
  ];
  for (const blocks of versions) {
    const placed = findElement(blocks, actionId, blockId);
    if (placed !== undefined) return { placed, shown: message === undefined ? undefined : { ...message, blocks } };
  }
  throw new Impossible(409, 'The message has no such button now; add "stale": true to press one it had before.');
}

function chosenOf({ element }: PlacedElement, value: unknown): JsonRecord {
  return element['type'] === 'button' ? {} : valueOf(element, value);
}

/** Changes when the app did something this person can see: on the clicked message, or privately. */
function reactionsTo({ messages }: Workspace, { id }: Persona, { channel, ts }: MessageClick): string {
  return `${messages.find(channel, ts)?.edited?.ts ?? ''}/${String(messages.ephemeralsOf(id).length)}`;
}

/** Waits for the modal of this click; something else that the app does in answer ends the wait too. */
async function clickResult(
  { workspace, reactionMsMax }: InteractionParts,
  { delivered, acknowledged, httpStatus, ackMs }: Delivery,
  triggerId: string,
  reacted: () => boolean,
): Promise<ClickResult> {
  const opened = (): DescribedView | undefined => {
    const view = workspace.views.find(workspace.triggers.viewOf(triggerId));
    return view === undefined ? undefined : workspace.views.describe(view);
  };
  const look = (): { view: DescribedView | undefined } | undefined => {
    const view = opened();
    return view !== undefined || reacted() ? { view } : undefined;
  };
  const found = await workspace.changes.until(look, acknowledged ? reactionMsMax : 0);
  return { delivered, httpStatus, ackMs, ...(found?.view === undefined ? {} : { view: found.view }) };
}
