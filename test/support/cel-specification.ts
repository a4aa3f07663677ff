import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { Value } from '@bufbuild/cel-spec/cel/expr/value_pb.js';
import { getConformanceSuite, type IncrementalTestSuite } from '@bufbuild/cel-spec/testdata/tests.js';
import { Environment } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';

type SimpleTest = IncrementalTestSuite['tests'][number]['original'];

/** One case of the specification's own suite. */
export interface SpecificationCase {
  /** `suite/section/name`, never used twice. */
  readonly id: string;
  readonly expression: string;
  readonly test: SimpleTest;
}

/** The parts of the suite that are the language itself, without extensions. */
const coreSuites = [
  'basic',
  'comparisons',
  'conversions',
  'fields',
  'fp_math',
  'integer_math',
  'lists',
  'logic',
  'macros',
  'namespace',
  'parse',
  'plumbing',
  'string',
  'timestamps',
];

/** What needs messages of Protocol Buffers, which no caller of a tool can send. */
const needsMessages =
  /TestAllTypes|NestedTestAllTypes|google\.protobuf\.(?!Timestamp|Duration)|cel\.expr\.|TestExtremelyLong/;

/** The cases of the core of the language that need no Protocol Buffers. */
export function specificationCases(): readonly SpecificationCase[] {
  const seen = new Map<string, number>();
  return getConformanceSuite()
    .suites.filter(({ name }) => coreSuites.includes(name))
    .flatMap((suite) => suite.suites.flatMap((section) => section.tests.map((test) => ({ suite, section, test }))))
    .filter(({ test: { original } }) => !isAboutMessages(original))
    .map(({ suite, section, test }) => {
      const name = `${suite.name}/${section.name}/${test.name}`;
      const count = (seen.get(name) ?? 0) + 1;
      seen.set(name, count);
      return { id: count === 1 ? name : `${name}#${count}`, expression: test.original.expr, test: test.original };
    });
}

function isAboutMessages({ expr, container, bindings, typeEnv }: SimpleTest): boolean {
  if (needsMessages.test(expr) || container.startsWith('cel.expr')) return true;
  const bound = Object.values(bindings).map(({ kind }) => (kind.case === 'value' ? kind.value.kind.case : undefined));
  return (
    bound.includes('objectValue') ||
    bound.includes('enumValue') ||
    JSON.stringify(typeEnv, plain).includes('messageType')
  );
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** How a case ends: as the specification says, with an error it does not want, or with another value than it says. */
export type Outcome = 'as specified' | 'stricter error' | 'wrong value';

/** Runs a case in an environment of the library that our rules' own is made of. */
export function runCase({ expression, test }: SpecificationCase): Outcome {
  const expected = test.resultMatcher;
  const wantsError = expected.case === 'evalError' || expected.case === 'anyEvalErrors';
  let result: unknown;
  try {
    result = evaluate(expression, test);
  } catch {
    return wantsError ? 'as specified' : 'stricter error';
  }
  if (wantsError) return 'wrong value';
  if (expected.case === 'value') return isSame(result, expected.value) ? 'as specified' : 'wrong value';
  if (expected.case === 'typedResult') {
    const value = expected.value.result;
    return value === undefined || isSame(result, value) ? 'as specified' : 'wrong value';
  }
  return result === true ? 'as specified' : 'wrong value';
}

function evaluate(expression: string, { bindings }: SimpleTest): unknown {
  const environment = new Environment({ homogeneousAggregateLiterals: false, unlistedVariablesAreDyn: true });
  const context: Record<string, unknown> = {};
  for (const [name, { kind }] of Object.entries(bindings)) {
    if (kind.case === 'value') context[name] = fromValue(kind.value);
  }
  return environment.evaluate(expression, context);
}

function fromValue({ kind }: Value): unknown {
  switch (kind.case) {
    case 'nullValue':
      return null;
    case 'uint64Value':
      return new UnsignedInt(kind.value);
    case 'listValue':
      return kind.value.values.map(fromValue);
    case 'mapValue':
      return new Map(
        kind.value.entries.map(({ key, value }) => [
          key === undefined ? null : fromValue(key),
          value === undefined ? null : fromValue(value),
        ]),
      );
    case 'objectValue': {
      const timestamp = anyUnpack(kind.value, TimestampSchema);
      if (timestamp !== undefined) return { seconds: timestamp.seconds, nanos: timestamp.nanos };
      const duration = anyUnpack(kind.value, DurationSchema);
      return duration === undefined ? undefined : { seconds: duration.seconds, nanos: duration.nanos };
    }
    default:
      return kind.value;
  }
}

function isSame(result: unknown, expected: Value): boolean {
  const value = fromValue(expected);
  if (expected.kind.case === 'typeValue') return nameOf(result) === expected.kind.value;
  return isEqual(result, value);
}

function nameOf(type: unknown): string {
  const { name } = type as { readonly name?: string };
  return name === 'null' ? 'null_type' : (name ?? '');
}

function isEqual(result: unknown, value: unknown): boolean {
  if (result instanceof UnsignedInt) return value instanceof UnsignedInt && result.value === value.value;
  if (typeof result === 'number' && typeof value === 'number') return Object.is(result, value) || result === value;
  if (result instanceof Uint8Array) return value instanceof Uint8Array && Buffer.compare(result, value) === 0;
  if (result instanceof Date)
    return isDeepSame(
      { seconds: BigInt(Math.floor(result.getTime() / 1_000)), nanos: (result.getTime() % 1_000) * 1e6 },
      value,
    );
  if (result instanceof Duration) return isDeepSame({ seconds: result.seconds, nanos: result.nanos }, value);
  if (Array.isArray(result)) {
    return (
      Array.isArray(value) &&
      result.length === value.length &&
      result.every((item, index) => isEqual(item, value[index]))
    );
  }
  if (value instanceof Map) return isSameMap(result, value);
  return result === value;
}

/** The library writes a map with keys of any type as an object with their texts. */
function isSameMap(result: unknown, value: ReadonlyMap<unknown, unknown>): boolean {
  if (typeof result !== 'object' || result === null) return false;
  const entries = result instanceof Map ? [...result] : Object.entries(result);
  const byText = new Map([...value].map(([key, item]) => [String(key instanceof UnsignedInt ? key.value : key), item]));
  return (
    entries.length === byText.size &&
    entries.every(([key, item]) => byText.has(String(key)) && isEqual(item, byText.get(String(key))))
  );
}

function isDeepSame(a: object, b: unknown): boolean {
  return JSON.stringify(a, plain) === JSON.stringify(b, plain);
}
