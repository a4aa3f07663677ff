import { configJsonSchema, packJsonSchema } from '../config/json-schema.ts';

/** `countersign policy schema`, of `countersign.yaml` or of a pack. */
export function printSchema(what: string): number {
  process.stdout.write(`${JSON.stringify(what === 'pack' ? packJsonSchema() : configJsonSchema(), undefined, 2)}\n`);
  return 0;
}
