import { describe, expect, test } from 'vitest';
import type { Act } from '../../../../../../gateway/policy/commands/command.ts';
import { readShell } from '../../../../../../gateway/policy/commands/shell/read-shell.ts';
import { dangerous, inner } from './dangerous.ts';
import { asking, harmless } from './harmless.ts';

const effectsOf = (acts: readonly Act[]): string =>
  [...new Set(acts.flatMap(({ effects }) => effects))].toSorted().join(' ');
const sorted = (effects: string): string => effects.split(' ').toSorted().join(' ');

describe('what looks and changes nothing reads as that', () => {
  test.each(harmless)('%s', (text) => {
    expect(effectsOf(readShell(text)), JSON.stringify(readShell(text))).toBe('read');
  });

  test.each(asking)('%s', (text) => {
    const effects = readShell(text).flatMap((act) => act.effects);
    expect(effects).toContain('network');
    expect(
      effects.filter((effect) => effect !== 'read' && effect !== 'network'),
      JSON.stringify(readShell(text)),
    ).toEqual([]);
  });
});

describe('what a command would do is told, however it is spelled', () => {
  test.each([...dangerous, ...inner])('%s', (text, effects, ...constructs) => {
    const acts = readShell(text);
    expect(effectsOf(acts), JSON.stringify(acts)).toBe(sorted(effects));
    for (const construct of constructs) expect(acts.map((act) => act.construct)).toContain(construct);
  });
});
