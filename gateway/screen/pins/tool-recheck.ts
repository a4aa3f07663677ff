import type { RecordedCall } from '../../call.ts';
import type { Upstreams } from '../../forward/upstream.ts';
import { MaskingFailed } from '../../masking/masker.ts';
import type { Recorder } from '../../record/recorder.ts';
import type { Refusal } from '../../release/refusal.ts';
import { refusalAnswer } from '../../release/refusals.ts';
import type { FinalAnswer } from '../../release/reply.ts';
import { ScreeningFailed } from '../screening-failed.ts';
import { definitionDigest } from './tool-definition.ts';
import { listTools } from './tool-listing.ts';
import type { ToolPin } from './tool-pin.ts';
import { isToolCall, type ToolPins } from './tool-pins.ts';
import type { ToolSightings } from './tool-sightings.ts';

export interface RecheckParts {
  readonly upstreams: Upstreams;
  readonly pins: ToolPins;
  readonly sightings: ToolSightings;
}

/**
 * What a server says now of the tool of a call. `digest` is null when it lists no such tool, or none is called; `pin` is
 * what is known of the tool by then, its acceptance too.
 */
export type DefinitionNow =
  | { readonly code: 'listed'; readonly digest: string | null; readonly pin?: ToolPin }
  | { readonly code: 'unlisted'; readonly reason: string };

/**
 * Asks the server itself, now, how it describes the tool that a call is about, and writes down what is new. An approval
 * is worth as much as the description it was given for.
 */
export async function definitionNow(parts: RecheckParts, call: RecordedCall): Promise<DefinitionNow> {
  if (!isToolCall(call)) return { code: 'listed', digest: null };
  try {
    return await readDefinition(parts, call);
  } catch (error) {
    if (error instanceof ScreeningFailed) return { code: 'unlisted', reason: error.message };
    if (error instanceof MaskingFailed) return { code: 'unlisted', reason: 'its description cannot be masked' };
    throw error;
  }
}

async function readDefinition(
  { upstreams, pins, sightings }: RecheckParts,
  call: RecordedCall,
): Promise<DefinitionNow> {
  const { callId, sessionId, principal, tool } = call;
  const witness = { callId, sessionId, principal, connection: call.connection.name };
  const digests = new Set<string>();
  for (const { text, items, itemText } of await listTools(upstreams, call)) {
    const unshowable = await sightings.observe(witness, text, () =>
      items.map((item) => ({ name: item.name, definition: item.value, text: itemText(item) })),
    );
    if (tool !== undefined && unshowable.has(tool))
      return { code: 'unlisted', reason: 'its description cannot be kept' };
    for (const item of items) if (item.name === tool) digests.add(definitionDigest(item.value, itemText(item)));
  }
  if (digests.size > 1) return { code: 'unlisted', reason: 'its server lists two tools of that name' };
  const pin = tool === undefined ? undefined : (await pins.of(call.connection.name)).pins.get(tool);
  return { code: 'listed', digest: [...digests][0] ?? null, ...(pin === undefined ? {} : { pin }) };
}

export interface PinParts extends RecheckParts {
  readonly recorder: Recorder;
}

/**
 * Sees to it that a call is held together with the definition of its tool: who calls without having listed makes the
 * gateway list first. A server that cannot be asked could not run the call either.
 */
export async function pinBeforeHold(
  parts: PinParts,
  call: RecordedCall,
  hold: (pinned: RecordedCall) => Promise<FinalAnswer>,
): Promise<FinalAnswer> {
  if (!isToolCall(call) || call.pin !== undefined) return hold(call);
  const now = await definitionNow(parts, call);
  if (now.code === 'unlisted') {
    const what = `${call.connection.name}.${call.tool ?? call.method}`;
    const sentence = `Unavailable: ${what} needs approval, and ${now.reason}. Nothing ran; try again.`;
    const refusal: Refusal = { code: 'unavailable', callId: call.callId, sentence };
    await parts.recorder.close(call, refusal);
    return refusalAnswer(call, refusal);
  }
  return hold(now.digest === null ? call : { ...call, pin: { digest: now.digest, accepted: true } });
}
