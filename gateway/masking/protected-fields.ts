import { decodeString, pointerOf, type Leaf } from './json-leaves.ts';

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
  '/result/resultType',
]);
const protectedDepthMax = 4;

/** Fields whose content is the server's own business and often looks like a token: it passes unread. */
const opaque = /\/(?:id|requestId|progressToken|cursor|nextCursor|requestState|taskId)$/;
/** What is personal and no credential may stand in a name or an address, which the peer cannot do without. */
const personal = new Set(['email', 'phone', 'ip_address', 'credit_card', 'us_ssn', 'br_cpf', 'iban']);
const tokenLike = new Set(['jwt', 'secret', 'password']);

/** Whether a protected field may hold what was found there; anything else withholds the whole message. */
export function isTolerated(entity: string, pointer: string): boolean {
  return personal.has(entity) || (tokenLike.has(entity) && opaque.test(pointer));
}

/** Whether a text is a JSON-RPC message, or a batch of them. */
export function isJsonRpc(text: string, leaves: readonly Leaf[]): boolean {
  return leaves.some((leaf) => {
    if (leaf.kind !== 'key' || decodeString(text, leaf.start, leaf.end) !== 'jsonrpc') return false;
    return (
      leaf.path?.parent === undefined ||
      (leaf.path.parent.parent === undefined && typeof leaf.path.parent.step === 'number')
    );
  });
}

export function isProtected(leaf: Leaf): boolean {
  let depth = 0;
  for (let at = leaf.path; at !== undefined; at = at.parent) if (++depth > protectedDepthMax) return false;
  return leaf.kind !== 'key' && protectedPointers.has(pointerOf(leaf.path).replace(/^\/\d+(?=\/)/, ''));
}
