import { editsAcrossTexts } from './adjacent-texts.ts';
import type { Detector } from './detector.ts';
import { applyEdits, offsetsAfter, uniteEdits, type Edit, type LeafEdit } from './edits.ts';
import { BodyRefused, editsOfEncoded, type Binary } from './encoded-leaves.ts';
import { decodeString, literalOffsets, readLeaves, type Leaf } from './json-leaves.ts';
import { pointerOf, type Path } from './json-path.ts';
import type { Span } from './json-spans.ts';
import { numberSecret } from './number-leaves.ts';
import { isJsonRpc, isProtected, isTolerated } from './protected-fields.ts';
import { readName, unnamed, type FieldName } from './field-names.ts';
import { looksSecret } from './secret-values.ts';
import { isIdentifier } from './fields/envelope.ts';
import type { FieldMask } from './fields/field-mask.ts';
import { editsOfFields } from './fields/json-fields.ts';
import { editsOfLines } from './fields/text-fields.ts';
import { isMarker, markerOf } from './spans.ts';
import type { Seam } from './stream-seam.ts';

/** JSON inside a string of JSON is opened this often. */
const nestedDepthMax = 3;

/** A secret stands where nothing may be changed. */
export class SecretInProtectedField extends Error {}

/** One message at work: what it is masked with, and what is found beside the edits. */
export interface MaskingRun {
  readonly detector: Detector;
  readonly binaries: Binary[];
  /** What the same call's earlier messages ended with. */
  readonly seam: Seam | undefined;
  /** Fields that go whatever they hold. */
  readonly fields: FieldMask | undefined;
}

export function startRun(detector: Detector, seam?: Seam, fields?: FieldMask): MaskingRun {
  return { detector, binaries: [], seam, fields };
}

/** Where a text stands: how deep in strings of JSON, and in which leaf of the message. */
interface Place {
  readonly depth: number;
  readonly path: Path | undefined;
  /** It is a name or an address, and no text for a reader. */
  readonly isName?: boolean;
}
const top: Place = { depth: 0, path: undefined };

/** What to replace in a text: inside its leaves when it is JSON, else wherever something is found. */
export function editsOfText(run: MaskingRun, text: string, topic = '', place = top): Edit[] {
  if (place.depth < nestedDepthMax && (isJsonContainer(text) || (run.fields !== undefined && isJsonString(text)))) {
    return editsOfJson(run, text, { depth: place.depth + 1, path: place.path });
  }
  const found = run.detector.detect(text, topic).map(({ start, end, entity, rule }) => {
    return { start, end, replacement: markerOf(entity), entity, rule };
  });
  if (run.fields === undefined || place.isName === true) return found;
  const lines = editsOfLines(run.fields, text);
  return lines.length === 0 ? found : uniteEdits([...lines, ...found]);
}

function isJsonContainer(text: string): boolean {
  if (!/^\s{0,64}(?:\{\s*["}]|\[)/.test(text) || !/[\]}]\s{0,64}$/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Its lines are only to be seen once it is read. */
function isJsonString(text: string): boolean {
  if (!/^\s{0,64}".*"\s{0,64}$/s.test(text)) return false;
  try {
    return typeof JSON.parse(text) === 'string';
  } catch {
    return false;
  }
}

/** What to replace in a text that is known to be JSON: the message itself, or JSON in a string of it. */
export function editsOfJson(run: MaskingRun, text: string, place = top): LeafEdit[] {
  const leaves = readLeaves(text);
  const isMessage = place.depth === 0;
  const guarded = isMessage && isJsonRpc(text, leaves);
  const across = editsAcrossTexts(run.detector, text, leaves);
  const seams = isMessage ? run.seam?.cross(run.detector, text, leaves) : undefined;
  const fields = run.fields && editsOfFields(run.fields, text, guarded ? 'message' : 'value');
  const isHidden = withinSpans(fields?.spans ?? []);
  const cleanKeys = new Set<string>();
  const edits: LeafEdit[] = [];
  for (const leaf of leaves) {
    if (isHidden(leaf.start)) continue;
    const name = leaf.name === undefined ? unnamed : readName(leaf.name);
    const literal = text.slice(leaf.start, leaf.end);
    if (leaf.kind === 'key' && cleanKeys.has(literal)) continue;
    const own =
      leaf.kind === 'number'
        ? editsOfNumber(run.detector, literal, leaf, name)
        : editsOfString(run, text, leaf, name, place);
    const found = united(own, across.get(leaf), seams?.get(leaf));
    if (found.length === 0) {
      if (leaf.kind === 'key') cleanKeys.add(literal);
      continue;
    }
    if (guarded && isProtected(leaf)) {
      if (found.every(({ entity }) => isTolerated(entity, pointerOf(leaf.path)))) continue;
      throw new SecretInProtectedField(pointerOf(leaf.path));
    }
    addLeafEdits(edits, leaf, literal, found);
    // Pointers to what stands under a masked key must not repeat it.
    if (leaf.kind === 'key' && leaf.path.step !== undefined) {
      leaf.path.step = applyEdits(decodeString(text, leaf.start, leaf.end), found);
    }
  }
  return fields === undefined ? edits : [...edits, ...fields.edits].sort((a, b) => a.start - b.start);
}

/** Whether a place is in one of the spans, which are in order, as the places are that are asked for. */
function withinSpans(spans: readonly Span[]): (place: number) => boolean {
  let at = 0;
  return (place) => {
    while (at < spans.length && (spans[at]?.end ?? 0) <= place) at += 1;
    return (spans[at]?.start ?? Infinity) <= place;
  };
}

function united(own: Edit[], across: Edit[] | undefined, seams: Edit[] | undefined): Edit[] {
  if (across === undefined && seams === undefined) return own;
  return uniteEdits([...own, ...(across ?? []), ...(seams ?? [])]);
}

function addLeafEdits(edits: LeafEdit[], leaf: Leaf, literal: string, found: readonly Edit[]): void {
  const offsets = offsetsAfter(found);
  const written = leaf.kind === 'number' ? (index: number): number => index : literalOffsets(literal);
  for (const [i, edit] of found.entries()) {
    const start = leaf.start + written(edit.start);
    const end = leaf.start + written(edit.end);
    edits.push({ ...edit, start, end, path: leaf.path, offset: offsets[i] ?? 0 });
  }
}

function editsOfNumber(detector: Detector, literal: string, leaf: Leaf, name: FieldName): Edit[] {
  if (literal === '0') return [];
  let entity = leaf.secretByPlace ? 'kubernetes_secret' : numberSecret(literal, name.topic, name.strength);
  if (detector.isKnown(literal)) entity = 'known_secret';
  if (entity === undefined) return [];
  return [{ start: 0, end: literal.length, replacement: '0', entity, rule: 'number_field' }];
}

function editsOfString(run: MaskingRun, text: string, leaf: Leaf, name: FieldName, { depth, path }: Place): Edit[] {
  const decoded = decodeString(text, leaf.start, leaf.end);
  if (decoded === '') return [];
  const whole = (entity: string, rule: string): Edit[] => [
    { start: 0, end: decoded.length, replacement: markerOf(entity), entity, rule },
  ];
  if (leaf.secretByPlace) return isMarker(decoded) ? [] : whole('kubernetes_secret', 'kubernetes_secret');
  const place = { depth, path: path ?? leaf.path };
  if (leaf.encodedAs !== undefined) {
    const encoded = { written: decoded, mediaType: leaf.encodedAs, path: place.path };
    const editsOf = (body: string): Edit[] => editsOfText(run, body, '', place);
    const before = run.binaries.length;
    const edits = editsOfEncoded(run.detector, encoded, editsOf, run.binaries);
    if (run.fields !== undefined && run.binaries.length > before) throw new BodyRefused(unreadableFields(place.path));
    if (edits !== undefined) return edits;
  }
  const isName = leaf.kind === 'key' || (depth === 0 && isIdentifier(leaf.path));
  const edits = editsOfText(run, decoded, leaf.kind === 'key' ? '' : name.topic, { ...place, isName });
  if (name.strength === undefined || !looksSecret(decoded, name.strength, 'field')) return edits;
  const [only] = edits;
  if (only !== undefined && only.start === 0 && only.end === decoded.length) return edits;
  return name.strength === 'password' ? whole('password', 'password_field') : whole('secret', 'secret_field');
}

function unreadableFields(path: Path | undefined): string {
  const where = path === undefined ? 'in the message' : `at ${pointerOf(path)}`;
  return `The body ${where} cannot be read, and its caller may not see all fields; ask the server for text.`;
}
