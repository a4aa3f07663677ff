import { decodeString, type Leaf } from './json-leaves.ts';
import { pointerOf, rootPath } from './json-path.ts';

/** Fields of a JSON-RPC message that must arrive as they were sent, or the protocol breaks. */
const protectedPointers = new Set([
  '/jsonrpc',
  '/id',
  '/method',
  '/params/_meta/progressToken',
  '/params/progressToken',
  '/params/requestId',
  '/params/cursor',
  '/params/name',
  '/params/uri',
  '/params/taskId',
  '/params/requestState',
  '/params/protocolVersion',
  '/result/protocolVersion',
  '/result/nextCursor',
  '/result/requestState',
  '/result/taskId',
  '/result/task/taskId',
  '/result/resultType',
]);
/** Paths that are longer, as `json-path.ts` counts, are not looked up. */
const protectedUnitsMax = 64;
const protectedInLists = /^\/result\/(?:tools\/\d+\/name|prompts\/\d+\/name|tasks\/\d+\/taskId)$/;

/** Fields whose content is the server's own business and often looks like a token: it passes unread. */
const opaque = /\/(?:id|requestId|progressToken|cursor|nextCursor|requestState|taskId)$/;
/** What is personal and no credential may stand in a name or an address, which the peer cannot do without. */
const personal = new Set(['email', 'phone', 'ip_address', 'credit_card', 'us_ssn', 'br_cpf', 'iban', 'field']);
const tokenLike = new Set(['jwt', 'secret']);

/** Whether a protected field may hold what was found there; anything else withholds the whole message. */
export function isTolerated(entity: string, pointer: string): boolean {
  return personal.has(entity) || (tokenLike.has(entity) && opaque.test(pointer));
}

/** Whether a text is a JSON-RPC message, or a batch of them. */
export function isJsonRpc(text: string, leaves: readonly Leaf[]): boolean {
  return leaves.some(({ kind, path: { parent }, start, end }) => {
    if (kind !== 'key' || parent === undefined) return false;
    const isTop = parent === rootPath || (parent.parent === rootPath && typeof parent.step === 'number');
    return isTop && decodeString(text, start, end) === 'jsonrpc';
  });
}

export function isProtected(leaf: Leaf): boolean {
  if (leaf.kind === 'key' || leaf.path.units > protectedUnitsMax) return false;
  const pointer = pointerOf(leaf.path).replace(/^\/\d+(?=\/)/, '');
  return protectedPointers.has(pointer) || protectedInLists.test(pointer);
}
