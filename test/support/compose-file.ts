import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const name = z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/);
const duration = z.string().regex(/^(\d+(ms|s|m|h))+$/, 'no duration such as 5s');
const words = z.array(z.string()).min(1);
const environment = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'no variable name'), z.string());
const condition = z.enum(['service_started', 'service_healthy', 'service_completed_successfully']);

const service = z.strictObject({
  image: z.string().regex(/^[a-z0-9./-]+:(?!latest)[\w.-]+$/, 'not pinned by a tag'),
  build: z.strictObject({ context: z.string(), dockerfile: z.string(), target: name }).optional(),
  restart: z
    .string()
    .regex(/^(no|always|unless-stopped|on-failure(:\d+)?)$/)
    .optional(),
  stop_grace_period: duration.optional(),
  command: words.optional(),
  entrypoint: words.optional(),
  environment: environment.optional(),
  depends_on: z.record(name, z.strictObject({ condition })).optional(),
  network_mode: z
    .string()
    .regex(/^service:/)
    .optional(),
  ports: z
    .array(z.string().regex(/^127\.0\.0\.1:\d{4,5}:\d{4,5}$/, 'not HOST:PUBLISHED:TARGET on loopback'))
    .optional(),
  volumes: z
    .array(z.string().regex(/^(\.\/)?[\w./-]+:\/[\w./-]+(:ro)?$/, 'not SOURCE:TARGET or SOURCE:TARGET:ro'))
    .optional(),
  healthcheck: z
    .strictObject({
      test: z.tuple([z.enum(['CMD', 'CMD-SHELL']), z.string()], z.string()),
      interval: duration,
      timeout: duration,
      retries: z.int().positive(),
    })
    .optional(),
});

/**
 * The part of the Compose Specification (https://github.com/compose-spec/compose-spec, 05-services.md and
 * 07-volumes.md) that our file uses, and nothing beyond it: a key that is misspelled is not known.
 */
const composeFile = z.strictObject({
  services: z.record(name, service),
  volumes: z.record(name, z.strictObject({})),
});

export type ComposeFile = z.infer<typeof composeFile>;
export type ComposeService = ComposeFile['services'][string];

const variable = /\$\{([A-Z][A-Z0-9_]*)(:?-)([^${}]*)\}/g;

/** Reads a file as `docker compose` would with these variables set. Throws with all that is wrong in its form. */
export function readComposeFile(path: string, env: Readonly<Record<string, string>> = {}): ComposeFile {
  return parseCompose(readFileSync(path, 'utf8'), env);
}

export function parseCompose(text: string, env: Readonly<Record<string, string>> = {}): ComposeFile {
  const raw = parse(text, { merge: true }) as Record<string, unknown>;
  // Extensions hold what anchors refer to; they are no part of the result.
  const plain = Object.fromEntries(Object.entries(raw).filter(([key]) => !key.startsWith('x-')));
  const read = composeFile.safeParse(mapStrings(plain, (value) => interpolate(value, env)));
  if (!read.success) throw new Error(z.prettifyError(read.error));
  return read.data;
}

/** `${NAME:-default}` takes the default for an empty variable too, `${NAME-default}` only for an unset one. */
function interpolate(value: string, env: Readonly<Record<string, string>>): string {
  const filled = value.replace(variable, (_whole, key: string, operator: string, fallback: string) => {
    const given = env[key];
    return given === undefined || (given === '' && operator === ':-') ? fallback : given;
  });
  if (filled.includes('$')) throw new Error(`"${value}" refers to a variable without a default.`);
  return filled;
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((each: unknown) => mapStrings(each, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapStrings(each, map)]));
}

/** The services that must be there before this one, each with what is waited for. */
export function needsOf(entry: ComposeService): Readonly<Record<string, z.infer<typeof condition>>> {
  const network = entry.network_mode?.slice('service:'.length);
  const needs = Object.entries(entry.depends_on ?? {}).map(([key, { condition: wanted }]) => [key, wanted] as const);
  return Object.fromEntries([...(network === undefined ? [] : [[network, 'service_started'] as const]), ...needs]);
}

/** Services in an order in which each comes after all it needs. Throws when there is none. */
export function startOrder({ services }: ComposeFile): readonly string[] {
  const order: string[] = [];
  const visit = (key: string, above: readonly string[]): void => {
    if (above.includes(key)) throw new Error(`${[...above, key].join(' → ')} is a circle.`);
    const entry = services[key];
    if (entry === undefined) throw new Error(`There is no service ${key}, which ${above.at(-1) ?? '?'} needs.`);
    for (const need of Object.keys(needsOf(entry))) visit(need, [...above, key]);
    if (!order.includes(key)) order.push(key);
  };
  for (const key of Object.keys(services)) visit(key, []);
  return order;
}
