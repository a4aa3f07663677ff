import { failureOf } from '../policy/inline-tests/run-test.ts';
import { inputOf, methodOf } from '../policy/inline-tests/tested-call.ts';
import { packTestFailure, policyOfPack } from '../policy/packs/pack-tests.ts';
import type { ReadPack } from '../policy/packs/read-pack.ts';
import type { Config } from './config.ts';
import { suggest } from './describe-issue.ts';
import type { Problem } from './problems.ts';
import type { ReadSource } from './read-source.ts';
import type { ConfigPath, Places } from './source.ts';

/** One inline test that was run. */
export interface RunTest {
  readonly name: string;
  readonly file: string;
  /** Set when it failed: what was expected and what came instead. */
  readonly problem?: Problem;
}

/** Runs the inline tests of files, and those of the packs that they use. */
export function runTests(
  config: Pick<Config, 'connections' | 'policy'>,
  files: readonly ReadSource[],
  packs: readonly ReadPack[],
): RunTest[] {
  const byName = new Map(config.connections.map((connection) => [connection.name, connection]));
  const known = [...byName.keys()];
  const own = files.flatMap(({ source, content, place }) =>
    content.tests.map(({ name, call, expect }, index): RunTest => {
      const result = (failure: string | undefined) => resultOf(name, failure, source, () => place('tests', index));
      const connection = byName.get(call.connection);
      if (connection === undefined) {
        return result(`there is no connection "${call.connection}"${suggest(call.connection, known)}`);
      }
      if (methodOf(call) === undefined) return result('says not what is called; give it `tool`, `uri` or `method`');
      return result(failureOf(config.policy, inputOf(call, connection), expect));
    }),
  );
  return [...own, ...packs.flatMap(runPackTests)];
}

/** Runs the tests that a pack brings. */
export function runPackTests({ source, pack }: ReadPack): RunTest[] {
  const policy = policyOfPack(pack);
  return pack.tests.map((test, index) =>
    resultOf(test.name, packTestFailure(policy, test), source, () => ['tests', index]),
  );
}

function resultOf(name: string, failure: string | undefined, source: Places, place: () => ConfigPath): RunTest {
  const { file } = source;
  if (failure === undefined) return { name, file };
  return { name, file, problem: source.problem(place(), `test "${name}" fails: ${failure}`) };
}
