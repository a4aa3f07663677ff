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

/** Entities that are no credentials, or whose shape servers use for opaque state; a protected field may hold them. */
const tolerated = new Set([
  'email',
  'phone',
  'ip_address',
  'credit_card',
  'us_ssn',
  'br_cpf',
  'iban',
  'jwt',
  'secret',
  'password',
]);

export function isTolerated(entity: string): boolean {
  return tolerated.has(entity);
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
