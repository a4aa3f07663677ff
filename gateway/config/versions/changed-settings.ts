import { canonicalText } from '../../../workflows/evidence/canonical.ts';
import type { Config } from '../config.ts';

/**
 * PURE. Names of what differs beside the policy: `publicUrl`, `issuers`, `slack`, `operators`, `connections.<name>`. Only
 * names, for there are credentials among the values.
 */
export function changedSettings(before: Config, after: Config): string[] {
  const [old, young] = [settingsOf(before), settingsOf(after)];
  return [...new Set([...old.keys(), ...young.keys()])].filter((name) => old.get(name) !== young.get(name));
}

function settingsOf({ publicUrl, issuers, slack, operatorGroups, connections }: Config): Map<string, string> {
  const settings = new Map([
    ['publicUrl', publicUrl],
    ['issuers', canonicalText(issuers)],
    ['slack', canonicalText(slack ?? null)],
    ['operators', canonicalText(operatorGroups)],
  ]);
  for (const connection of connections) settings.set(`connections.${connection.name}`, canonicalText(connection));
  return settings;
}
