/** The way to a value: a linked list, so that a pointer is only spelled out for what is reported. */
export interface Path {
  readonly parent: Path | undefined;
  readonly step: string | number;
}

/** A string, number or key of a JSON text; `start` and `end` include the quotes. */
export interface Leaf {
  readonly kind: 'string' | 'number' | 'key';
  readonly start: number;
  readonly end: number;
  readonly path: Path | undefined;
  /** The name that says what the value is: its key, or the key of the array it stands in. */
  name: string | undefined;
  /** The value is secret by its place, as in a Kubernetes Secret. */
  secretByPlace: boolean;
}

interface Frame {
  readonly isArray: boolean;
  readonly path: Path | undefined;
  readonly name: string | undefined;
  key: string | undefined;
  index: number;
  /** Index into the leaves, of members that describe their neighbours. */
  label: Leaf | undefined;
  value: Leaf | undefined;
  isSecret: boolean;
  readonly secretData: (readonly [number, number])[];
  readonly firstLeaf: number;
}

/** Lists the leaves of a text that JSON.parse has accepted; it does not check the syntax again. */
export function readLeaves(text: string): Leaf[] {
  const leaves: Leaf[] = [];
  const frames: Frame[] = [];
  let frame: Frame | undefined;
  for (let at = 0; at < text.length;) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      const end = stringEnd(text, at);
      if (frame !== undefined && !frame.isArray && frame.key === undefined) {
        frame.key = decodeString(text, at, end);
        leaves.push(leafAt('key', at, end, { parent: frame.path, step: frame.key }, undefined));
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
        if (frame !== undefined) closeFrame(text, frame, leaves);
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
  return leaves;
}

function leafAt(
  kind: Leaf['kind'],
  start: number,
  end: number,
  path: Path | undefined,
  name: string | undefined,
): Leaf {
  return { kind, start, end, path, name, secretByPlace: false };
}

function pathOf(frame: Frame | undefined): Path | undefined {
  return frame === undefined
    ? undefined
    : { parent: frame.path, step: frame.isArray ? frame.index : (frame.key ?? '') };
}

function nameOf(frame: Frame | undefined): string | undefined {
  return frame?.isArray === true ? frame.name : frame?.key;
}

function openFrame(isArray: boolean, outer: Frame | undefined, firstLeaf: number): Frame {
  const inherited = { path: pathOf(outer), name: nameOf(outer), key: undefined, index: 0, firstLeaf };
  return { isArray, ...inherited, label: undefined, value: undefined, isSecret: false, secretData: [] };
}

function addValue(text: string, leaves: Leaf[], frame: Frame | undefined, leaf: Leaf): void {
  leaves.push(leaf);
  if (frame?.key === undefined || leaf.kind !== 'string') return;
  if (/^(?:name|key|header|variable|field)$/i.test(frame.key)) frame.label ??= leaf;
  else if (/^value$/i.test(frame.key)) frame.value = leaf;
  else if (frame.key === 'kind') frame.isSecret = decodeString(text, leaf.start, leaf.end) === 'Secret';
}

/** `{"name": "DB_PASSWORD", "value": …}` names its value; a Kubernetes Secret is secret in all its data. */
function closeFrame(text: string, frame: Frame, leaves: readonly Leaf[]): void {
  if (frame.label !== undefined && frame.value !== undefined) {
    frame.value.name = decodeString(text, frame.label.start, frame.label.end);
  }
  if (!frame.isSecret) return;
  for (const [from, to] of frame.secretData) {
    for (const leaf of leaves.slice(from, to)) leaf.secretByPlace = leaf.kind !== 'key';
  }
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) return at + 1;
    at += unit === 0x5c ? 2 : 1;
  }
  return at;
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

/** For each unit of the decoded string, and its end, the offset in the literal where it is written. */
export function literalOffsets(literal: string): (index: number) => number {
  if (!literal.includes('\\')) return (index) => index + 1;
  const offsets: number[] = [];
  let at = 1;
  while (at < literal.length - 1) {
    offsets.push(at);
    if (literal[at] !== '\\') at++;
    else at += literal[at + 1] === 'u' ? 6 : 2;
  }
  offsets.push(at);
  return (index) => offsets[index] ?? at;
}

/** RFC 6901. */
export function pointerOf(path: Path | undefined): string {
  let pointer = '';
  for (let at = path; at !== undefined; at = at.parent) {
    pointer = `/${String(at.step).replaceAll('~', '~0').replaceAll('/', '~1')}${pointer}`;
  }
  return pointer;
}
