import type { Json } from '../../../workflows/contract/call.ts';
import type { JudgedCall } from '../../call.ts';
import type { Config } from '../../config/config.ts';
import { widestMasks } from '../../policy/privacy.ts';
import { isObject } from '../../receive/is-object.ts';
import { compileFieldMask, type FieldMask } from './field-mask.ts';

type Schema = Readonly<Record<string, Json>>;

/** Policies have a handful of sets of masks; a reloaded one may have others. */
const compiledMax = 1_000;
const schemaDepthMax = 32;
const compiled = new Map<string, FieldMask>();
const compiledFor = new WeakMap<Schema, Map<string, FieldMask>>();

/**
 * The fields that the caller of a call may not see in a message that answers or accompanies it; undefined: it may see
 * all. `schema` is what the tool promises of its results, whose names are no data. Lists and handshakes are definitions
 * and lose nothing. Of what comes before the answer, nobody can tell whether it belongs to another call of the session;
 * it is masked as anything could be, and so is what answers no single call.
 */
export function hiddenFields(
  config: () => Config,
  { judgement, connection, caller, method, purpose }: JudgedCall,
  final: boolean,
  schema: () => Schema | undefined,
): FieldMask | undefined {
  const own = ('masks' in judgement ? judgement.masks : undefined) ?? [];
  const isOneCalls = final && judgement.verdict !== 'own' && method !== 'subscriptions/listen';
  if (isOneCalls) return maskFor(own, own.length === 0 ? undefined : schema());
  const who = { connection: connection.name, caller, ...(purpose === undefined ? {} : { purpose }) };
  return maskFor([...new Set([...own, ...widestMasks(config().policy, who)])], undefined);
}

/** Undefined when there is nothing to mask. */
export function maskFor(globs: readonly string[], schema: Schema | undefined): FieldMask | undefined {
  if (globs.length === 0) return undefined;
  const known = knownFor(schema);
  const key = JSON.stringify(globs);
  const mask = known.get(key) ?? compileFieldMask(globs, schema === undefined ? undefined : declaredBy(schema));
  if (known.size >= compiledMax) known.clear();
  known.set(key, mask);
  return mask;
}

function knownFor(schema: Schema | undefined): Map<string, FieldMask> {
  if (schema === undefined) return compiled;
  const known = compiledFor.get(schema) ?? new Map<string, FieldMask>();
  compiledFor.set(schema, known);
  return known;
}

function declaredBy(schema: Schema): (name: string) => boolean {
  const names = new Set<string>();
  collect(schema, names, schemaDepthMax);
  return (name) => names.has(name);
}

function collect(node: unknown, names: Set<string>, depthLeft: number): void {
  if (depthLeft === 0 || typeof node !== 'object' || node === null) return;
  if (isObject(node) && isObject(node['properties'])) {
    for (const name of Object.keys(node['properties'])) names.add(name);
  }
  for (const inner of Object.values(node)) collect(inner, names, depthLeft - 1);
}
