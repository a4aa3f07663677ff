import { isStructured, partNames } from '../policy/commands/place.ts';
import { suggest } from './describe-issue.ts';
import type { ConfigFile } from './schema.ts';
import type { ConfigPath } from './source.ts';

type Tools = ConfigFile['connections'][number]['tools'];

/** A field that no dialect reads leaves a command unread, whatever its author believes. */
export function checkTools(tools: Tools, complain: (path: ConfigPath, message: string) => void): void {
  for (const [tool, { dialect, field }] of Object.entries(tools)) {
    const say = (path: ConfigPath, message: string): void => complain(['tools', tool, 'field', ...path], message);
    if (field === undefined) continue;
    if (dialect === undefined) {
      say([], 'says where a command is and not in what language; add dialect');
    } else if (!isStructured(dialect)) {
      if (typeof field !== 'string') say([], `${dialect} is one text, so this is one argument: field: /command`);
    } else if (typeof field === 'string') {
      const names = partNames(dialect).map((name) => `${name}: /…`);
      say([], `${dialect} has parts, so this says where each is: field: {${names.join(', ')}}`);
    } else {
      const names = partNames(dialect);
      for (const part of Object.keys(field).filter((name) => !names.includes(name))) {
        say([part], `${dialect} has no part "${part}"${suggest(part, names)}; its parts are ${names.join(', ')}`);
      }
    }
  }
}
