import { explainOptions } from './explain.ts';
import type { ValuesOf } from './verbs.ts';

export const policyOptions = {
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  ...explainOptions,
} as const;

export type PolicyValues = ValuesOf<typeof policyOptions>;
