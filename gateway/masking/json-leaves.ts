import { memberPath, rootPath, type Path } from './json-path.ts';

/** A string, number or key of a JSON text; `start` and `end` include the quotes. */
export interface Leaf {
  readonly kind: 'string' | 'number' | 'key';
  readonly start: number;
  readonly end: number;
  readonly path: Path;
  /** The name that says what the value is: its key, or the key of what it stands in. */
  name: string | undefined;
  /** The value is secret by its place, as in a Kubernetes Secret. */
  secretByPlace: boolean;
  /** Its object says that it is base64: the media type declared beside it, '' for none. Undefined: it is plain text. */
  encodedAs: string | undefined;
}

interface Frame {
  readonly isArray: boolean;
  readonly path: Path;
  readonly name: string | undefined;
  key: string | undefined;
  keyPath: Path;
  index: number;
  /** Index into the leaves, of members that describe their neighbours. */
  label: Leaf | undefined;
  value: Leaf | undefined;
  /** Members of content blocks and resource contents, which tell what is base64. */
  data: Leaf | undefined;
  blob: Leaf | undefined;
  type: Leaf | undefined;
  mediaType: Leaf | undefined;
  hasUri: boolean;
  isSecret: boolean;
  readonly secretData: LeafRange[];
  readonly firstLeaf: number;
}

/** Indexes of leaves, the second exclusive. */
type LeafRange = readonly [from: number, to: number];

/** `{"password": {"value": …}}`: the inner name says nothing, so the outer one holds. */
const wrapperName = /^(?:value|plain|plaintext|raw|current|previous)$/i;

/** Lists the leaves of a text that JSON.parse has accepted; it does not check the syntax again. */
export function readLeaves(text: string): Leaf[] {
  const leaves: Leaf[] = [];
  const frames: Frame[] = [];
  const secrets: LeafRange[] = [];
  let frame: Frame | undefined;
  for (let at = 0; at < text.length;) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      const end = stringEnd(text, at);
      if (frame !== undefined && !frame.isArray && frame.key === undefined) {
        frame.key = decodeString(text, at, end);
        frame.keyPath = memberPath(frame.path, frame.key);
        leaves.push(leafAt('key', at, end, frame.keyPath, undefined));
      } else {
        addValue(text, leaves, frame, leafAt('string', at, end, pathOf(frame), nameOf(frame)));
      }
      at = end;
    } else if (unit === 0x2d || (unit >= 0x30 && unit <= 0x39)) {
      const end = numberEnd(text, at);
      addValue(text, leaves, frame, leafAt('number', at, end, pathOf(frame), nameOf(frame)));
      at = end;
    } else {
      if (unit === 0x7b || unit === 0x5b) {
        frame = openFrame(unit === 0x5b, frame, leaves.length);
        frames.push(frame);
      } else if (unit === 0x7d || unit === 0x5d) {
        if (frame !== undefined) closeFrame(text, frame, secrets);
        const closed = frames.pop();
        frame = frames.at(-1);
        if (frame?.key !== undefined && /^(?:data|stringData)$/.test(frame.key) && closed !== undefined) {
          frame.secretData.push([closed.firstLeaf, leaves.length]);
        }
      } else if (unit === 0x2c && frame !== undefined) {
        frame.key = undefined;
        frame.index++;
      }
      at++;
    }
  }
  markSecrets(leaves, secrets);
  return leaves;
}

function leafAt(kind: Leaf['kind'], start: number, end: number, path: Path, name: string | undefined): Leaf {
  return { kind, start, end, path, name, secretByPlace: false, encodedAs: undefined };
}

function pathOf(frame: Frame | undefined): Path {
  if (frame === undefined) return rootPath;
  return frame.isArray ? memberPath(frame.path, frame.index) : frame.keyPath;
}

function nameOf(frame: Frame | undefined): string | undefined {
  if (frame === undefined || frame.isArray) return frame?.name;
  return frame.name !== undefined && frame.key !== undefined && wrapperName.test(frame.key) ? frame.name : frame.key;
}

function openFrame(isArray: boolean, outer: Frame | undefined, firstLeaf: number): Frame {
  const path = pathOf(outer);
  return {
    isArray,
    path,
    name: nameOf(outer),
    key: undefined,
    keyPath: path,
    index: 0,
    label: undefined,
    value: undefined,
    data: undefined,
    blob: undefined,
    type: undefined,
    mediaType: undefined,
    hasUri: false,
    isSecret: false,
    secretData: [],
    firstLeaf,
  };
}

function addValue(text: string, leaves: Leaf[], frame: Frame | undefined, leaf: Leaf): void {
  leaves.push(leaf);
  if (frame?.key === undefined) return;
  if (/^value$/i.test(frame.key)) frame.value = leaf;
  else if (leaf.kind !== 'string') return;
  else if (/^(?:name|key|header|variable|field)$/i.test(frame.key)) frame.label ??= leaf;
  else if (frame.key === 'kind') frame.isSecret = decodeString(text, leaf.start, leaf.end) === 'Secret';
  else if (frame.key === 'type') frame.type = leaf;
  else if (frame.key === 'data') frame.data = leaf;
  else if (frame.key === 'blob') frame.blob = leaf;
  else if (frame.key === 'mimeType') frame.mediaType = leaf;
  else if (frame.key === 'uri') frame.hasUri = true;
}

/** `{"name": "DB_PASSWORD", "value": …}` names its value; a Kubernetes Secret is secret in all its data. */
function closeFrame(text: string, frame: Frame, secrets: LeafRange[]): void {
  if (frame.label !== undefined && frame.value !== undefined) {
    frame.value.name = decodeString(text, frame.label.start, frame.label.end);
  }
  if (frame.isSecret) secrets.push(...frame.secretData);
  if (frame.blob !== undefined || frame.data !== undefined) markEncoded(text, frame);
}

/** `BlobResourceContents`, `ImageContent` and `AudioContent` of the MCP schema, wherever they stand. */
function markEncoded(text: string, { blob, data, type, mediaType, hasUri }: Frame): void {
  const declared = mediaType === undefined ? '' : decodeString(text, mediaType.start, mediaType.end);
  if (blob !== undefined && (hasUri || mediaType !== undefined)) blob.encodedAs = declared;
  if (data === undefined || type === undefined || mediaType === undefined) return;
  if (/^(?:image|audio)$/.test(decodeString(text, type.start, type.end))) data.encodedAs = declared;
}

/** Secrets may stand in one another without end; each leaf is marked once. */
function markSecrets(leaves: readonly Leaf[], secrets: LeafRange[]): void {
  let done = 0;
  for (const [from, to] of secrets.sort(([a], [b]) => a - b)) {
    for (let i = Math.max(from, done); i < to; i++) {
      const leaf = leaves[i];
      if (leaf !== undefined) leaf.secretByPlace = leaf.kind !== 'key';
    }
    done = Math.max(done, to);
  }
}

const stringStop = /["\\]/g;

/** The end, exclusive, of the string that begins at `start`. */
export function stringEnd(text: string, start: number): number {
  stringStop.lastIndex = start + 1;
  while (stringStop.test(text)) {
    if (text.charCodeAt(stringStop.lastIndex - 1) === 0x22) return stringStop.lastIndex;
    stringStop.lastIndex++;
  }
  return text.length;
}

function numberEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && /[0-9.eE+-]/.test(text.charAt(at))) at++;
  return at;
}

/** What a string literal means; `start` and `end` include the quotes. */
export function decodeString(text: string, start: number, end: number): string {
  const inner = text.slice(start + 1, end - 1);
  return inner.includes('\\') ? String(JSON.parse(text.slice(start, end))) : inner;
}

/** Tells where in a literal a unit of its decoded string, or its end, is written. To be asked in rising order. */
export function literalOffsets(literal: string): (index: number) => number {
  if (!literal.includes('\\')) return (index) => index + 1;
  let at = 1;
  let decoded = 0;
  return (index) => {
    for (; decoded < index && at < literal.length - 1; decoded++) {
      if (literal.charCodeAt(at) !== 0x5c) at++;
      else at += literal.charCodeAt(at + 1) === 0x75 ? 6 : 2;
    }
    return at;
  };
}
