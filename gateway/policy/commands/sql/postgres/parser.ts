import { createRequire } from 'node:module';
import type { ScanToken } from 'libpg-query';

/** What this file needs of the module that libpg-query makes of PostgreSQL's parser (Emscripten). */
interface ParserModule {
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _wasm_parse_query_raw(text: number): number;
  _wasm_free_parse_result(result: number): void;
  _wasm_parse_plpgsql(text: number): number;
  _wasm_scan(text: number): number;
  _wasm_free_string(text: number): void;
  lengthBytesUTF8(text: string): number;
  stringToUTF8(text: string, pointer: number, bytesMax: number): void;
  UTF8ToString(pointer: number): string;
  getValue(pointer: number, type: 'i32'): number;
  readonly HEAPU8: Uint8Array;
}

/** One statement of a text, as PostgreSQL's own parser has it; where it is, in bytes of UTF-8. */
export interface RawStatement {
  readonly stmt?: Readonly<Record<string, unknown>>;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

/** A token, with its place in bytes of UTF-8. */
export type Token = Pick<ScanToken, 'start' | 'end' | 'text' | 'tokenName'>;

/** The text is not SQL: the server would refuse it as well. */
export class NotSql extends Error {}

const makeModule = createRequire(import.meta.url)('libpg-query/wasm/libpg-query.js') as () => Promise<ParserModule>;

/**
 * The memory of a WASM module never shrinks, and a trap leaves its stack where it was. So a module that has grown beyond
 * this (it begins with 128 MiB, of which the system gives what is used), or has trapped, is left for a fresh one, and
 * one is always kept ready.
 */
const memoryBytesMax = 192 * 1024 * 1024;

let current: ParserModule | undefined = await makeModule();
let spare: ParserModule | undefined = await makeModule();

function replaceModule(): void {
  current = spare;
  spare = undefined;
  void makeModule().then((module) => {
    if (current === undefined) current = module;
    else spare = module;
  });
}

/**
 * The statements of a text.
 *
 * @throws NotSql when it does not parse; any other error when the parser itself gave up.
 */
export function parseStatements(text: string): readonly RawStatement[] {
  const json = withText(text, (module, pointer) => {
    const result = module._wasm_parse_query_raw(pointer);
    if (result === 0) throw new Error('The SQL parser has no memory.');
    try {
      // struct PgQueryParseResult { char *parse_tree; char *stderr_buffer; PgQueryError *error; }
      if (module.getValue(result + 8, 'i32') !== 0) throw new NotSql('It does not parse.');
      return module.UTF8ToString(module.getValue(result, 'i32'));
    } finally {
      module._wasm_free_parse_result(result);
    }
  });
  return (JSON.parse(json) as { readonly stmts?: readonly RawStatement[] }).stmts ?? [];
}

/**
 * The functions of a CREATE FUNCTION or DO statement in PL/pgSQL.
 *
 * @throws NotSql when its body does not parse.
 */
export function parseBody(statement: string): unknown {
  return JSON.parse(withText(statement, (module, pointer) => readString(module, module._wasm_parse_plpgsql(pointer))));
}

/** @throws NotSql when a text cannot be cut into tokens. */
export function scanTokens(text: string): readonly Token[] {
  const json = withText(text, (module, pointer) => readString(module, module._wasm_scan(pointer)));
  // The scanner writes control characters as they are, which JSON does not have. Places are given, so none is moved.
  return (JSON.parse(json.replaceAll(/\p{Cc}/gu, ' ')) as { readonly tokens?: readonly Token[] }).tokens ?? [];
}

/** Success is a JSON object; anything else is an error message. */
function readString(module: ParserModule, pointer: number): string {
  try {
    const text = module.UTF8ToString(pointer);
    if (!text.startsWith('{')) throw new NotSql('It does not parse.');
    return text;
  } finally {
    module._wasm_free_string(pointer);
  }
}

function withText<T>(text: string, use: (module: ParserModule, pointer: number) => T): T {
  const module = current;
  if (module === undefined) throw new Error('The SQL parser is being started again.');
  try {
    const bytes = module.lengthBytesUTF8(text) + 1;
    const pointer = module._malloc(bytes);
    try {
      module.stringToUTF8(text, pointer, bytes);
      return use(module, pointer);
    } finally {
      module._free(pointer);
      if (module.HEAPU8.byteLength > memoryBytesMax) replaceModule();
    }
  } catch (error) {
    if (!(error instanceof NotSql) && module === current) replaceModule();
    throw error;
  }
}
