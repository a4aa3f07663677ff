import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Called wrongly: the message says what to write instead. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']> & { readonly help: { readonly type: 'boolean' } };
type Parsed<T extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>>;
export type ValuesOf<T extends Options> = Parsed<T>['values'];

/**
 * A command that has verbs: `countersign <name> <verb> …`. Shows its help when asked for it (exit code 0) or called
 * without a verb (2), and says what to write instead when called wrongly (2). Else the exit code is what `run` returns.
 */
export async function runVerb<T extends Options>(
  { name, help, options }: { readonly name: string; readonly help: string; readonly options: T },
  args: readonly string[],
  run: (verb: string, values: ValuesOf<T>, rest: readonly string[]) => Promise<number> | number,
): Promise<number> {
  try {
    const { values, positionals } = parse(options, args);
    const [verb, ...rest] = positionals;
    const wantsHelp = (values as { readonly help?: boolean }).help === true;
    if (verb !== undefined && !wantsHelp) return await run(verb, values, rest);
    process.stdout.write(help);
    return wantsHelp ? 0 : 2;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`countersign ${name}: ${error.message}. See countersign ${name} --help.\n`);
    return 2;
  }
}

function parse<T extends Options>(options: T, args: readonly string[]): Parsed<T> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}
