import type { Config, Connection } from '../../config/config.ts';
import { suggest } from '../../config/describe-issue.ts';
import type { Problem } from '../../config/problems.ts';
import type { ClaimFile } from '../../config/rule-schema.ts';
import type { Dialect, System } from '../commands/command.ts';
import { fold } from '../glob.ts';
import { alternativesOf } from '../matchers/matcher.ts';
import { systemsOf } from './command-sets.ts';
import { commonText } from './glob-sets.ts';
import type { ReviewedRule } from './reviewed-rules.ts';

type Known = Pick<Config, 'connections' | 'issuers'>;

/** PURE. Rules about connections, groups, tools and commands that nobody has. */
export function rulesAboutNobody(rules: readonly ReviewedRule[], known: Known): Problem[] {
  return rules.flatMap((reviewed) => {
    const here = connectionsOf(reviewed, known);
    if (here.length === 0 && reviewed.file.match.connection !== undefined) {
      return [
        reviewed.at(['match', 'connection'], `rule ${reviewed.file.id} never applies: no connection is called so`),
      ];
    }
    return [...aboutNoGroup(reviewed, known), ...aboutNoTool(reviewed, here), ...aboutNoCommand(reviewed, here)];
  });
}

function connectionsOf({ scope }: ReviewedRule, { connections }: Known): readonly Connection[] {
  return connections.filter(({ name }) => scope.connections === undefined || scope.connections.has(name));
}

/** Groups come from issuers, and each of an issuer with a prefix begins with it. */
function aboutNoGroup({ file, at }: ReviewedRule, { issuers }: Known): Problem[] {
  const wanted = file.match.claims?.groups;
  if (wanted === undefined) return [];
  const prefixes = issuers.map(({ groupPrefix = '' }) => groupPrefix);
  const mayBe = (glob: string): boolean =>
    prefixes.some((prefix) => commonText([fold(glob)], [`${fold(prefix)}*`]) !== undefined);
  if (fitsSome(wanted, mayBe)) return [];
  const why =
    issuers.length === 0
      ? 'there are no issuers, and only they say who is in a group'
      : `groups begin with ${prefixes.map((prefix) => `"${prefix}"`).join(' or ')}, as their issuers have it`;
  return [at(['match', 'claims', 'groups'], `rule ${file.id} never applies: ${why}`)];
}

function fitsSome(wanted: ClaimFile, mayBe: (glob: string) => boolean): boolean {
  if (typeof wanted === 'string') return mayBe(wanted);
  return 'any' in wanted ? wanted.any.some(mayBe) : wanted.all.every(mayBe);
}

/** No gateway knows the tools of a server before it has asked, but a name that is nearly one of the settings' is a slip. */
function aboutNoTool({ file, at, ofPack }: ReviewedRule, here: readonly Connection[]): Problem[] {
  if (ofPack || file.match.tool === undefined) return [];
  const known = here.flatMap(({ tools }) => Object.keys(tools)).filter((tool) => !/[*?]/.test(tool));
  return alternativesOf(file.match.tool).flatMap((tool) => {
    if (/[*?]/.test(tool) || known.includes(tool)) return [];
    const meant = suggest(tool, known);
    return meant === '' ? [] : [at(['match', 'tool'], `no connection speaks of a tool "${tool}"${meant}`)];
  });
}

/** What a command in a language may come to act on. Shells run whatever there is. */
const anything: readonly System[] = ['sql', 'shell', 'kubernetes', 'infrastructure', 'http'];
const database: readonly System[] = ['sql', 'shell'];
const reach: Readonly<Record<Dialect, readonly System[]>> = {
  postgres: database,
  mysql: database,
  mssql: database,
  sqlite: database,
  snowflake: database,
  bigquery: database,
  sql: database,
  bash: anything,
  kubectl: anything,
  helm: anything,
  terraform: anything,
  aws: anything,
  gcloud: anything,
  az: anything,
  kubernetes: anything,
  http: ['http'],
  config: ['config'],
};

function aboutNoCommand({ file, at }: ReviewedRule, here: readonly Connection[]): Problem[] {
  const wanted = systemsOf(file);
  if (wanted.length === 0) return [];
  const named = file.match.tool === undefined ? ['*'] : alternativesOf(file.match.tool).map(fold);
  const reached = here.flatMap(({ tools }) =>
    Object.entries(tools).flatMap(([tool, { dialect }]) =>
      dialect === undefined || commonText([fold(tool)], named) === undefined ? [] : reach[dialect],
    ),
  );
  return wanted
    .filter((system) => !reached.includes(system))
    .map((system) => {
      const tools = file.match.tool === undefined ? 'no tool of its connections' : 'none of its tools';
      const effect =
        reached.length === 0 && file.decision !== 'allow' && file.match.tool !== undefined
          ? `rule ${file.id} fits every call to its tools`
          : `what rule ${file.id} says of \`${system}\` never applies`;
      return at(['match', system], `${effect}: ${tools} takes such a command; give the tool a dialect`);
    });
}
