import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Parser } from '@guanmingchiu/sqlparser-ts';
import type { Dialect } from '../../command.ts';

/** The WASM module of sqlparser-ts as `wasm-bindgen` wraps it; the package keeps one of them for good. */
interface ParserModule {
  initSync(options: { readonly module: Uint8Array }): unknown;
  parse_sql(dialect: string, text: string): ReturnType<typeof Parser.parse>;
}

const folder = join(dirname(createRequire(import.meta.url).resolve('@guanmingchiu/sqlparser-ts')), '..', 'wasm');
const glue = pathToFileURL(join(folder, 'sqlparser_rs_wasm.js')).href;
const bytes = readFileSync(join(folder, 'sqlparser_rs_wasm_bg.wasm'));

const names: Readonly<Partial<Record<Dialect, string>>> = {
  mysql: 'mysql',
  mssql: 'mssql',
  sqlite: 'sqlite',
  snowflake: 'snowflake',
  bigquery: 'bigquery',
};

let made = 0;
let current: ParserModule | undefined = await makeModule();

/** Each has a memory of its own, because each address is another module to Node. */
async function makeModule(): Promise<ParserModule> {
  made += 1;
  const module = (await import(`${glue}?instance=${made}`)) as ParserModule;
  module.initSync({ module: bytes });
  return module;
}

/**
 * The statements of a text, each `{<Kind>: {…}}` or the name of a kind that has nothing more to it; undefined when it
 * does not parse. A parser that fails in any other way has lost its stack, and would fail at every text after it: it is
 * left for a fresh one.
 *
 * @throws when the parser failed, and until there is a fresh one.
 */
export function parseStatements(dialect: Dialect, text: string): readonly unknown[] | undefined {
  if (current === undefined) throw new Error('The SQL parser is being started again.');
  try {
    return current.parse_sql(names[dialect] ?? 'generic', text);
  } catch (error) {
    // It says that a text does not parse by an object of its own; a trap is an Error of the engine.
    if (!(error instanceof Error)) return undefined;
    current = undefined;
    void makeModule().then((module) => (current = module));
    throw error;
  }
}
