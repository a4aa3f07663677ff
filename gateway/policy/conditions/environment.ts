import { Environment } from '@marcbachmann/cel-js';
import { clockReaders, Zone } from './clock.ts';
import { doubleOf, intOf, timestampOf } from './functions.ts';
import { GlobPattern, Pattern, textComparisons } from './patterns.ts';
import { variables } from './variables.ts';

/** Under these names stand functions of ours for ones of the library that say something else than the language does. */
export const OWN = 'countersign_';

const timestamp = 'google.protobuf.Timestamp';
const sync = { async: false };

/** A rule is read by people: what is larger than this has to be split. */
const limits = { maxAstNodes: 500, maxDepth: 32, maxListElements: 200, maxMapEntries: 10, maxCallArguments: 4 };

/** Everything an expression can name. Compiling never changes it. */
export const environment = createEnvironment();

function createEnvironment(): Environment {
  const environment = new Environment({ homogeneousAggregateLiterals: false, limits })
    .registerType('Pattern', Pattern)
    .registerType('GlobPattern', GlobPattern)
    .registerType('Zone', Zone);
  for (const [name, type] of Object.entries(variables)) {
    if (typeof type === 'string') environment.registerVariable(name, type);
    else environment.registerVariable({ name, schema: type });
  }
  environment
    .registerFunction('re(string, Pattern): bool', (text: string, pattern: Pattern) => pattern.isIn(text), sync)
    .registerFunction('glob(string, GlobPattern): bool', (text: string, glob: GlobPattern) => glob.fits(text), sync)
    .registerFunction(`${OWN}timestamp(string): ${timestamp}`, timestampOf, sync);
  for (const type of ['int', 'double', 'string']) {
    environment.registerFunction(`${OWN}int(${type}): int`, intOf, sync);
    environment.registerFunction(`${OWN}double(${type}): double`, doubleOf, sync);
  }
  for (const [name, compare] of Object.entries(textComparisons)) {
    environment.registerFunction(`string.${OWN}${name}(string): bool`, compare, sync);
  }
  for (const [name, read] of Object.entries(clockReaders)) {
    const inUtc = (at: Date): bigint => BigInt(read(at));
    const inZone = (at: Date, zone: Zone): bigint => BigInt(read(zone.wallClock(at)));
    environment.registerFunction(`${timestamp}.${OWN}${name}(): int`, inUtc, sync);
    environment.registerFunction(`${timestamp}.${OWN}${name}(Zone): int`, inZone, sync);
  }
  return environment;
}
