import { isRecord, recordsOf, type JsonRecord } from '../records.ts';

export interface PlacedElement {
  readonly blockId: string;
  readonly element: JsonRecord;
}

/** PURE. Everything in these blocks that a person can press or fill in. */
export function elementsOf(blocks: readonly JsonRecord[]): readonly PlacedElement[] {
  return blocks.flatMap((block) => {
    const blockId = String(block['block_id']);
    const elements = [
      ...(block['type'] === 'actions' ? recordsOf(block['elements']) : []),
      ...[block['element'], block['accessory']].filter(isRecord),
    ];
    return elements.map((element) => ({ blockId, element }));
  });
}

/** PURE. The element with an action id, in the named block or in the first one that has it. */
export function findElement(
  blocks: readonly JsonRecord[],
  actionId: unknown,
  blockId?: unknown,
): PlacedElement | undefined {
  return elementsOf(blocks).find(
    (placed) => placed.element['action_id'] === actionId && (blockId === undefined || placed.blockId === blockId),
  );
}
