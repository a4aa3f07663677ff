import type { DataClassFile, PurposesFile } from './privacy-schema.ts';
import type { ConfigFile } from './schema.ts';

/** What all files say of purposes and data classes, and of where they hold. It decides what leaves, so it is digested. */
export function privacyOf(files: readonly ConfigFile[]) {
  const purposes = Object.assign({}, ...files.map((file) => file.purposes)) as PurposesFile;
  const dataClasses = Object.assign({}, ...files.map((file) => file.dataClasses)) as Readonly<
    Record<string, DataClassFile>
  >;
  const connections = files.flatMap((file) => file.connections.flatMap(declarationsOf));
  return { purposes, dataClasses, connections };
}

function declarationsOf({ name, data, purpose, tools }: ConfigFile['connections'][number]) {
  const ofTools = Object.entries(tools).filter((entry) => entry[1].data !== undefined);
  if (data === undefined && purpose === undefined && ofTools.length === 0) return [];
  return [
    {
      name,
      data: data ?? [],
      tools: Object.fromEntries(ofTools.map(([tool, settings]) => [tool, { data: settings.data ?? [] }])),
      purpose: purpose ?? null,
    },
  ];
}
