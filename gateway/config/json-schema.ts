import { z } from 'zod';
import { fileSchema } from './schema.ts';

/** The JSON Schema (draft 2020-12) of `countersign.yaml`, by which editors complete and check it while it is written. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(fileSchema, { io: 'input', unrepresentable: 'any' });
  return { $id: 'countersign.schema.json', title: 'countersign.yaml', ...schema };
}
