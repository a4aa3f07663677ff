import { dangerOf } from '../dangerous-functions.ts';
import { harmlessFunctions } from '../postgres/harmless-functions.ts';
import type { Told } from '../told.ts';
import { otherHarmlessFunctions } from './harmless-functions.ts';

const harmless: ReadonlySet<string> = new Set(
  `${harmlessFunctions} ${otherHarmlessFunctions}`.split(/\s+/).filter((name) => name !== ''),
);

/** Namespaces of BigQuery's own functions: `SAFE.SUBSTR`, `NET.HOST`. */
const namespaces = new Set(['safe', 'net', 'hll_count', 'sys', 'information_schema']);

/** PURE. What a call of a function does beyond looking; undefined: nothing. A name with a schema is somebody's own. */
export function readFunction(name: readonly string[]): Told | undefined {
  const last = (name.at(-1) ?? '').toLowerCase();
  const danger = dangerOf(last);
  if (danger !== undefined) return danger;
  if (last.startsWith('system$')) return { construct: 'a system function of Snowflake', effects: ['admin'] };
  const [schema, ...others] = name.slice(0, -1);
  const isOwn = schema !== undefined && (others.length > 0 || !namespaces.has(schema.toLowerCase()));
  if (!isOwn && (harmless.has(last) || schema?.toLowerCase() === 'net')) return undefined;
  return { construct: 'a function that is not known to be harmless', effects: ['execute'] };
}
