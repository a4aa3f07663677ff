import type { Json } from '../../../workflows/contract/call.ts';
import { pathOf, valueAt } from '../../json-pointer.ts';
import { unreadable, type Act, type Command, type Dialect, type System } from './command.ts';
import { readConfig } from './config/read-config.ts';
import { readHttp } from './http/read-http.ts';
import { readKubernetesTool } from './kubernetes/read-kubernetes-tool.ts';
import { isStructured, partsFrom, type StructuredDialect, type CommandPlace } from './place.ts';
import { readShell } from './shell/read-shell.ts';

/** The program whose words a dialect is made of. */
const programOf: Readonly<Partial<Record<Dialect, readonly string[]>>> = {
  kubectl: ['kubectl', 'oc', 'k'],
  helm: ['helm'],
  terraform: ['terraform', 'tofu', 'terragrunt'],
  aws: ['aws'],
  gcloud: ['gcloud', 'gsutil'],
  az: ['az'],
};

/** Longer ones are not read, so they are unknown: reading takes time. In UTF-16 units. */
const commandLengthMax = 65_536;
const wordsMax = 4096;
const usualFields = ['/command', '/cmd', '/script', '/args'];

/** PURE. What a command would do that is not SQL. Never throws. */
export function readDialect(place: CommandPlace, system: System): Command {
  const { dialect } = place;
  try {
    const acts = isStructured(dialect) ? readStructured(place, dialect) : readWords(place);
    return typeof acts === 'string' ? unreadable(dialect, system, acts) : { dialect, acts };
  } catch {
    return unreadable(dialect, system, 'a command that cannot be read');
  }
}

function readWords({ dialect, field, args }: CommandPlace): readonly Act[] | string {
  if (typeof field === 'object') return 'no command where one is expected';
  const places = field === undefined ? usualFields : [field];
  const [command, ...others] = places.map((one) => valueAt(args, pathOf(one))).filter((value) => value !== undefined);
  // `command: git, args: [status]` is one command in two places.
  const both = field === undefined && others.length === 1 && typeof command === 'string' && isWords(others[0]);
  const whole = both ? [...command.split(/\s+/), ...(others[0] as string[])] : others.length > 0 ? undefined : command;
  if (typeof whole === 'string') {
    if (whole.trim() === '') return 'no command where one is expected';
    if (whole.length > commandLengthMax) return 'a command too long to be read';
    return readShell(withProgram(whole, dialect));
  }
  if (!isWords(whole) || whole.length === 0) return 'no command where one is expected';
  if (whole.length > wordsMax || whole.reduce((length, word) => length + word.length, 0) > commandLengthMax) {
    return 'a command too long to be read';
  }
  return readShell(
    programOf[dialect] === undefined || programOf[dialect].includes(nameOf(whole[0] ?? ''))
      ? whole
      : [programOf[dialect][0] ?? '', ...whole],
  );
}

function isWords(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every((word) => typeof word === 'string');
}

const nameOf = (word: string): string => word.replace(/^\/(usr\/(local\/)?)?s?bin\//, '');

/** `get pods` is what follows `kubectl`, which the tool puts before it. */
function withProgram(text: string, dialect: Dialect): string {
  const names = programOf[dialect];
  const first = /^\s*(\S+)/.exec(text)?.[1] ?? '';
  return names === undefined || names.includes(nameOf(first)) ? text : `${names[0] ?? ''} ${text}`;
}

function readStructured({ tool, field, args }: CommandPlace, dialect: StructuredDialect): readonly Act[] | string {
  if (typeof field === 'string') return 'no command where one is expected';
  switch (dialect) {
    case 'kubernetes': {
      const parts = partsFrom(dialect, field, args);
      return parts === undefined ? ambiguous : readKubernetesTool(tool, parts);
    }
    case 'http': {
      const parts = partsFrom(dialect, field, args);
      return parts === undefined ? ambiguous : readHttp(tool, parts, hasBody(args));
    }
    case 'config': {
      const parts = partsFrom(dialect, field, args);
      return parts === undefined ? ambiguous : readConfig(tool, parts);
    }
  }
}

const ambiguous = 'arguments of which two could be the same part';

function hasBody(args: Json | undefined): boolean {
  return ['/body', '/data', '/json', '/form', '/payload', '/content'].some(
    (place) => valueAt(args, pathOf(place)) !== undefined,
  );
}
