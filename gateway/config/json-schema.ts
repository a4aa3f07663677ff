import { z } from 'zod';
import { packSchema } from '../policy/packs/pack-schema.ts';
import { fileSchema } from './schema.ts';

/** The JSON Schema (draft 2020-12) of `countersign.yaml`, by which editors complete and check it while it is written. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(fileSchema, { io: 'input', unrepresentable: 'any' });
  return { $id: 'countersign.schema.json', title: 'countersign.yaml', ...schema };
}

/** The same of a pack. */
export function packJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(packSchema, { io: 'input', unrepresentable: 'any' });
  return { $id: 'pack.schema.json', title: 'A pack of rules', ...schema };
}
