import type { KnownCall } from '../../call.ts';
import type { Config, Connection } from '../../config/config.ts';
import type { ForwardedMessage } from '../../forward/forward-call.ts';
import { hintsOf } from '../../policy/annotations.ts';
import { prospectOf, type Prospect } from '../../policy/prospect.ts';
import { askForReason } from '../../purpose/reason-argument.ts';
import type { ToolPin } from '../pins/tool-pin.ts';
import { readOffer, type ListItem, type Offer, type OfferedList } from './lists.ts';
import { applyTextEdits, cutItems, describeItem, restrictCaching, type TextEdit } from './lists-edit.ts';
import type { ToolPins } from '../pins/tool-pins.ts';
import type { ToolSightings } from '../pins/tool-sightings.ts';

export interface OfferParts {
  readonly config: () => Config;
  readonly pins: ToolPins;
  readonly sightings: ToolSightings;
}

const sentences: Readonly<Record<Prospect, string | undefined>> = {
  never: undefined,
  allowed: undefined,
  may_need_approval: 'Calls may need approval by a person.',
  needs_approval: 'Calls need approval by a person.',
};

const listMethods = new Set(['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']);

/**
 * What a server offers, as this caller may see it: tools are compared with their pins first, then whatever policy lets
 * the caller never call is cut out. Looks at the form of an answer and not only at what was asked, since a legacy server
 * may give any answer on any stream of its session. Throws ScreeningFailed.
 */
export async function screenOffer(
  parts: OfferParts,
  call: KnownCall,
  message: ForwardedMessage,
): Promise<ForwardedMessage> {
  if (!mayOffer(call, message)) return message;
  const offer = readOffer(message.text);
  if (offer === undefined) return message;
  const unshowable = await pinTools(parts, call, message.text, offer);
  const edits = await editsFor(parts, call, message.text, offer, unshowable);
  return edits.length === 0 ? message : { ...message, text: applyTextEdits(message.text, edits) };
}

/** The answer to this very call is a list when a list was asked for; anything else may be the answer to another one. */
function mayOffer({ method }: KnownCall, { text, final }: ForwardedMessage): boolean {
  if (listMethods.has(method)) return true;
  if (final) return false;
  // An escape could hide the word from a search, and no server needs one in it.
  return text.includes('"result"') || text.includes('\\u');
}

async function pinTools(
  { sightings }: OfferParts,
  { connection, callId, sessionId, principal }: KnownCall,
  text: string,
  { lists }: Offer,
): Promise<ReadonlySet<string>> {
  const tools = lists.find(({ kind }) => kind === 'tools');
  if (tools === undefined) return new Set();
  const witness = { connection: connection.name, callId, sessionId, principal };
  return sightings.observe(witness, text.slice(tools.span.start, tools.span.end), () =>
    tools.items.map(({ name, value, start, end }) => ({ name, definition: value, text: text.slice(start, end) })),
  );
}

async function editsFor(
  { config, pins }: OfferParts,
  call: KnownCall,
  text: string,
  { lists, result, members }: Offer,
  unshowable: ReadonlySet<string>,
): Promise<TextEdit[]> {
  const { policy, purposes } = config();
  const { connection, caller } = call;
  const { describeApproval, trustAnnotations } = connection;
  const known = describeApproval || trustAnnotations ? (await pins.of(connection.name)).pins : undefined;
  const edits: TextEdit[] = [];
  for (const list of lists) {
    const cut = new Set<number>();
    for (const item of list.items) {
      const prospect = prospectOf(policy, {
        connection: connection.name,
        method: list.method,
        caller,
        ...nameOf(list, item),
        ...kindOf(list, item, connection, known?.get(item.name)),
      });
      if (prospect === 'never' || (list.kind === 'tools' && unshowable.has(item.name))) cut.add(item.start);
      else if (describeApproval && list.kind === 'tools') {
        const changed = known?.get(item.name)?.accepted === false;
        const sentence = sentences[changed ? 'needs_approval' : prospect];
        if (sentence !== undefined) edits.push(...describeItem(item, sentence));
      }
    }
    if (list.kind === 'tools' && connection.purpose?.argument === true) {
      const shown = list.items.filter(({ start }) => !cut.has(start));
      edits.push(...shown.flatMap((item) => askForReason(text, item, Object.keys(purposes))));
    }
    edits.push(...cutItems(list.all, ({ start }) => cut.has(start)));
  }
  if (edits.length > 0 && call.era === 'modern') edits.push(...restrictCaching(text, result, members));
  return edits;
}

/** What the list itself says of a tool; whether that may allow a call, its pin knows. */
function kindOf(
  { kind }: OfferedList,
  { value }: ListItem,
  { trustAnnotations }: Connection,
  pin: ToolPin | undefined,
) {
  if (kind !== 'tools') return {};
  return { annotations: { hints: hintsOf(value), trusted: trustAnnotations && pin?.accepted === true } };
}

/** A template stands for many addresses, and none of them is known. */
function nameOf({ kind }: OfferedList, { name }: ListItem) {
  if (kind === 'resources') return { uri: name };
  return kind === 'resourceTemplates' ? { uriUnknown: true } : { tool: name };
}
