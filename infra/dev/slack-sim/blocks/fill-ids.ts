import { isRecord, recordsOf, type JsonRecord } from '../records.ts';

/** Gives every block and element the ids Slack makes up when an app leaves them out. */
export function fillIds(blocks: unknown, newId: () => string): readonly JsonRecord[] {
  return recordsOf(blocks).map((block) => {
    const { elements, element, accessory } = block;
    return {
      ...block,
      block_id: givenOr(block['block_id'], newId),
      ...(block['type'] === 'actions' && Array.isArray(elements)
        ? { elements: recordsOf(elements).map((item) => withActionId(item, newId)) }
        : {}),
      ...(isRecord(element) ? { element: withActionId(element, newId) } : {}),
      ...(isRecord(accessory) && accessory['type'] !== 'image' ? { accessory: withActionId(accessory, newId) } : {}),
    };
  });
}

function withActionId(element: JsonRecord, newId: () => string): JsonRecord {
  return { ...element, action_id: givenOr(element['action_id'], newId) };
}

function givenOr(id: unknown, newId: () => string): string {
  return typeof id === 'string' && id !== '' ? id : newId();
}
