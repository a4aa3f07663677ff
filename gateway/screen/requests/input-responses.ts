import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser';
import type { RecordedCall } from '../../call.ts';
import type { Connection } from '../../config/config.ts';
import type { Masker } from '../../masking/masker.ts';
import { handlingOf, refusalSentence, ServerRequestRefused, type RequestKind } from './server-requests.ts';

/**
 * What a caller's answer answers, by its form: they are keyed by names of the server's own, and the request may have
 * gone through another gateway. Undefined when it has the form of none, or of several.
 */
export function kindOfAnswer(answer: unknown): RequestKind | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const fits: RequestKind[] = [];
  if ('role' in answer && 'content' in answer) fits.push('sampling');
  if ('action' in answer) fits.push('elicitation');
  if ('roots' in answer) fits.push('roots');
  const [kind, another] = fits;
  return another === undefined ? kind : undefined;
}

/**
 * A call as its server may see it: of the `inputResponses` it brings (MCP 2026-07-28, basic/patterns/mrtr), those of a
 * kind that is masked are masked; no other byte changes. Throws when the server may not ask for one of them.
 */
export function withMaskedInputs(masker: Masker, call: RecordedCall): RecordedCall {
  const { connection, params } = call;
  if (typeof params !== 'object' || params === null || !('inputResponses' in params)) return call;
  const text = call.raw.toString('utf8');
  const tree = parseTree(text);
  const responses = tree === undefined ? undefined : findNodeAtLocation(tree, ['params', 'inputResponses']);
  if (responses === undefined) return call;
  const raw = Buffer.from(replaceNodes(text, maskedNodes(connection, responses), masker));
  return { ...call, raw };
}

/** The values to mask, in the order of the text. What is no object of answers is masked whole. */
function maskedNodes(connection: Connection, responses: Node): Node[] {
  if (responses.type !== 'object') return [responses];
  const values = (responses.children ?? []).map((member) => member.children?.[1]).filter((node) => node !== undefined);
  return values.filter((node) => {
    const kind = kindOfAnswer(shapeOf(node));
    const handling = handlingOf(connection, kind);
    if (handling === 'block') {
      const why = `serverRequests.${kind ?? 'sampling'} is block for this connection`;
      throw new ServerRequestRefused(refusalSentence(connection, kind, why));
    }
    return handling === 'allow';
  });
}

/** The keys of a value, which is all that its form is told by. */
function shapeOf({ type, children = [] }: Node): unknown {
  if (type !== 'object') return undefined;
  return Object.fromEntries(children.map((member) => [String(member.children?.[0]?.value), true]));
}

function replaceNodes(text: string, nodes: readonly Node[], masker: Masker): string {
  const parts: string[] = [];
  let done = 0;
  for (const { offset, length } of nodes) {
    const masked = masker.maskJson(Buffer.from(text.slice(offset, offset + length)));
    parts.push(text.slice(done, offset), masked.bytes.toString('utf8'));
    done = offset + length;
  }
  return [...parts, text.slice(done)].join('');
}
