import { explainHelp } from './explain.ts';
import { checkPolicy } from './policy-check.ts';
import { explainPolicy } from './policy-explain.ts';
import { policyOptions } from './policy-options.ts';
import { policyReplayCommand } from './policy-replay.ts';
import { printSchema } from './policy-schema.ts';
import { testPolicy } from './policy-test.ts';
import { isAboutVersions, policyVersionsCommand } from './policy-versions.ts';
import { runVerb, UsageError } from './verbs.ts';

const help = `countersign policy check   FILE…
countersign policy test    FILE…|PACK…
countersign policy explain FILE… --connection NAME --tool NAME [--args JSON] [--group NAME]…
countersign policy schema  [pack]
countersign policy replay  FILE… --since 7d

check    checks configuration files and folders the way a gateway does at start, all problems at once.
test     runs the tests that stand in them and in the packs they use, or those of packs by file or name.
explain  judges one call by them, and tells of each rule whether it applies or what does not fit.
versions, show, diff   the versions that were in force; see countersign policy versions --help.
schema   prints the JSON Schema of configuration files, or of packs, for editors.
replay   tries them on recorded calls, and lists those that would be judged otherwise; see replay --help.
References (env:NAME, file:/path) are resolved from this shell's environment.

${explainHelp}`;

const verbs = ['check', 'test', 'explain', 'schema'];

/** `countersign policy`. Exit code 0: as it should be; 1: not; 2: called wrongly. */
export async function policyCommand(args: readonly string[]): Promise<number> {
  if (args[0] === 'replay') return policyReplayCommand(args, process.env);
  if (isAboutVersions(args)) return policyVersionsCommand(args, process.env);
  return runVerb({ name: 'policy', help, options: policyOptions }, args, (verb, values, paths) => {
    if (!verbs.includes(verb)) throw new UsageError(`there is no "${verb}"; write ${verbs.join(', ')} or replay`);
    if (verb === 'schema') {
      const [what = 'countersign'] = paths;
      if (what !== 'countersign' && what !== 'pack') throw new UsageError('there are schemas of countersign and pack');
      return printSchema(what);
    }
    if (paths.length === 0) throw new UsageError(`say of which file: countersign policy ${verb} FILE`);
    if (verb === 'test') return testPolicy(paths, values);
    return verb === 'check' ? checkPolicy(paths, values) : explainPolicy(paths, values);
  });
}
