import type { Json } from '../../../workflows/contract/call.ts';
import { pathOf, valueAt } from '../../json-pointer.ts';
import type { Dialect } from './command.ts';

/** Where a tool has its command. */
export interface CommandPlace {
  readonly tool: string;
  readonly dialect: Dialect;
  /** Of a text, the argument that holds it; of a structured tool, the argument of each part. Undefined: the usual one. */
  readonly field: string | Readonly<Record<string, string>> | undefined;
  readonly args: Json | undefined;
}

/** Arguments in which a part of a command usually is, when nobody said. */
type UsualFields = readonly string[];

/** The parts that a structured dialect takes, and where each usually is. */
const partsOf = {
  kubernetes: {
    verb: ['/verb', '/operation', '/action'],
    kind: ['/kind', '/resourceType', '/resource_type', '/resourceKind', '/resource'],
    namespace: ['/namespace', '/ns'],
    command: ['/command', '/cmd', '/args'],
    manifest: ['/manifest', '/manifests', '/yaml', '/object', '/body', '/resource'],
  },
  http: {
    method: ['/method', '/verb', '/httpMethod', '/http_method'],
    url: ['/url', '/uri', '/endpoint', '/path'],
    headers: ['/headers'],
  },
  config: {
    operation: ['/operation', '/op', '/action'],
    path: ['/path', '/key', '/setting', '/pointer', '/name'],
    value: ['/value'],
    changes: ['/changes', '/settings', '/values', '/updates', '/config'],
    patch: ['/patch', '/patches', '/operations'],
    merge: ['/merge', '/mergePatch', '/merge_patch'],
    text: ['/content', '/yaml', '/json', '/text', '/document'],
  },
} as const satisfies Partial<Record<Dialect, Readonly<Record<string, UsualFields>>>>;

export type StructuredDialect = keyof typeof partsOf;
export type PartsOf<D extends StructuredDialect> = Readonly<Partial<Record<keyof (typeof partsOf)[D], Json>>>;

/** PURE. */
export function isStructured(dialect: Dialect): dialect is StructuredDialect {
  return Object.hasOwn(partsOf, dialect);
}

/** PURE. The parts that a structured dialect takes. */
export function partNames(dialect: StructuredDialect): readonly string[] {
  return Object.keys(partsOf[dialect]);
}

/**
 * PURE. The parts of a call: those that its connection names, where it says, and all others where they usually are.
 * Undefined: two arguments could be the same part, and nobody knows which one counts.
 */
export function partsFrom<D extends StructuredDialect>(
  dialect: D,
  field: Readonly<Record<string, string>> | undefined,
  args: Json | undefined,
): PartsOf<D> | undefined {
  const parts: Record<string, Json> = {};
  for (const [name, usual] of Object.entries<UsualFields>(partsOf[dialect])) {
    const places = field === undefined ? usual : [field[name] ?? []].flat();
    const present = places.map((place) => valueAt(args, pathOf(place))).filter((value) => value !== undefined);
    if (present.length > 1) return undefined;
    if (present[0] !== undefined) parts[name] = present[0];
  }
  return parts as PartsOf<D>;
}
