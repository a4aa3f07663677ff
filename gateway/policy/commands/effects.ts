import type { Act, Effect, System, TargetKind } from './command.ts';

export type Effects = readonly Effect[];

/** The usual combinations, by name, for the tables of programs and verbs. */
export const read: Effects = ['read'];
export const write: Effects = ['write'];
export const destroy: Effects = ['write', 'destroy'];
export const admin: Effects = ['admin'];
export const execute: Effects = ['execute'];
export const network: Effects = ['network'];
export const adminDestroy: Effects = ['admin', 'destroy'];
export const fetch: Effects = ['network', 'read'];
export const send: Effects = ['network', 'write'];
/** It brings code of others, and runs it. */
export const install: Effects = ['network', 'execute', 'write'];
/** Nobody knows what it runs. */
export const unknown: Effects = ['unknown', 'execute'];

/** PURE. */
export function act(
  system: System,
  effects: Effects,
  construct: string,
  targets: Readonly<Partial<Record<TargetKind, readonly string[]>>> = {},
): Act {
  return { system, effects, construct, targets };
}

/** Among targets: any of them, because which one is known only when it runs. */
export const anyName = '*';
