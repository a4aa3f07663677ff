import { compileGlobs, type Glob } from '../policy/glob.ts';
import type { Connection } from './config.ts';

type ToolSettings = Connection['tools'][string];

const compiled = new WeakMap<Connection['tools'], readonly (readonly [Glob, ToolSettings])[]>();

/**
 * PURE. What is particular about a tool. Its own name wins, and then the first glob that fits, in the order of the file:
 * for its command and for its time limit each by itself, so that a name with a time limit keeps the command of its glob.
 * Globs are read generously: a server that does not tell `Exec` from `exec` must not get past `exec*`.
 */
export function toolSettings({ tools }: Pick<Connection, 'tools'>, tool: string): ToolSettings {
  const found = [
    ...(Object.hasOwn(tools, tool) ? [tools[tool]] : []),
    ...globsOf(tools)
      .filter(([fits]) => fits(tool))
      .map(([, own]) => own),
  ];
  const command = found.find((own) => own?.dialect !== undefined);
  return {
    dialect: command?.dialect,
    field: command?.field,
    timeout: found.find((own) => own?.timeout !== undefined)?.timeout,
  };
}

function globsOf(tools: Connection['tools']) {
  let globs = compiled.get(tools);
  if (globs === undefined) {
    globs = Object.entries(tools)
      .filter(([name]) => /[*?]/.test(name))
      .map(([name, settings]) => [compileGlobs([name], 'generous'), settings] as const);
    compiled.set(tools, globs);
  }
  return globs;
}
