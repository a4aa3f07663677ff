import type { Act } from '../../command.ts';
import { read } from '../../effects.ts';
import { readSql } from '../../sql/read-sql.ts';
import { cannotTell, does, type Invocation, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf, type Options } from '../options.ts';
import { writingTo } from '../places.ts';
import { unsureOf } from '../plain.ts';
import { isKnown, mayBeOption } from '../words.ts';

/** What a client does with the texts it is given, beside speaking to its database. */
function client(
  call: Invocation,
  options: Options,
  texts: readonly Act[],
  files: readonly (string | undefined)[],
): readonly Act[] {
  const doubts = options.strange ? [cannotTell(call, `${call.program} with options that are not known`)] : [];
  const written = files.flatMap((file) => {
    const turn = file === undefined ? undefined : writingTo(file, 'anew');
    return turn === undefined ? [] : [does(call, ...turn)];
  });
  return [does(call, read, call.program), ...unsureOf(call, options), ...doubts, ...written, ...texts];
}

const valuesOf = ({ given }: Options, names: readonly string[]): readonly (string | undefined)[] =>
  given.filter(({ name }) => names.includes(name)).map(({ value }) => value);

/** Commands of psql that only describe. Any other may run programs, read files or send. */
const psqlLooks =
  /^\s*\\(d\w*[+S]*|l\+?|conninfo|timing|x|z|sf\+?|sv\+?|encoding|dt\+?|pset pager off)(\s+[\w."*?$-]+)*\s*$/;

function postgres(call: Invocation, text: string, variables: boolean): readonly Act[] {
  if (!isKnown(text)) return [cannotTell(call, 'SQL that is made when it runs')];
  if (psqlLooks.test(text)) return [does(call, read, 'psql that describes')];
  if (text.includes('\\')) return [cannotTell(call, 'a command of psql that is not known')];
  return [
    ...(variables && text.replaceAll('::', '').includes(':') ? [cannotTell(call, 'SQL with variables of psql')] : []),
    ...readSql('postgres', text),
  ];
}

const psql: ReadProgram = (call) => {
  const options = optionsOf(
    call.args,
    {
      valued: 'cdfFhLopPRTUv',
      longValued: [
        'command',
        'dbname',
        'file',
        'field-separator',
        'host',
        'log-file',
        'output',
        'port',
        'pset',
        'record-separator',
        'table-attr',
        'username',
        'set',
        'variable',
      ],
      flags: 'aAbeEHlnqsStVwWxXz01?',
      longFlags: [
        'echo-all',
        'no-align',
        'echo-errors',
        'echo-queries',
        'echo-hidden',
        'html',
        'list',
        'no-readline',
        'quiet',
        'single-step',
        'single-line',
        'tuples-only',
        'version',
        'no-password',
        'password',
        'expanded',
        'no-psqlrc',
        'csv',
        'field-separator-zero',
        'record-separator-zero',
        'single-transaction',
        'help',
      ],
    },
    'anywhere',
  );
  if (has(options, ['V', 'version', 'help'])) return [does(call, read, 'psql')];
  const variables = has(options, ['v', 'set', 'variable']);
  const texts = valuesOf(options, ['c', 'command']);
  const files = valuesOf(options, ['f', 'file']);
  const acts: Act[] = texts.flatMap((text = '') => postgres(call, text, variables));
  if (files.some((file) => file !== '-')) acts.push(cannotTell(call, 'SQL from a file'));
  const looks = has(options, ['l', 'list']);
  if (!looks && (files.includes('-') || (texts.length === 0 && files.length === 0))) {
    const { input } = call;
    acts.push(
      ...(input?.text === undefined
        ? [cannotTell(call, 'SQL that comes from elsewhere')]
        : postgres(call, input.text, variables)),
    );
  }
  return client(call, options, acts, valuesOf(options, ['o', 'output', 'L', 'log-file']));
};

/** `system`, `source`, `\!` and their like are commands of the client itself. */
const mysqlOwn = /\\|(^|[;\n])\s*(system|source|tee|pager|edit|delimiter)\b/i;

const mysqlGrammar = {
  valued: 'eDhPuS',
  attached: 'p',
  longValued: [
    'execute',
    'database',
    'host',
    'port',
    'user',
    'socket',
    'init-command',
    'protocol',
    'default-character-set',
    'ssl-mode',
    'ssl-ca',
    'connect-timeout',
    'max-allowed-packet',
    'delimiter',
    'tee',
    'pager',
    'defaults-file',
    'defaults-extra-file',
    'defaults-group-suffix',
    'login-path',
    'plugin-dir',
  ],
  flags: 'ABbcCEfHinNqrsStTVvwXG',
  longFlags: [
    'password',
    'batch',
    'skip-column-names',
    'column-names',
    'table',
    'vertical',
    'raw',
    'silent',
    'verbose',
    'html',
    'xml',
    'force',
    'no-auto-rehash',
    'skip-auto-rehash',
    'compress',
    'quick',
    'version',
    'help',
    'no-defaults',
    'ssl',
    'skip-ssl',
    'safe-updates',
    'show-warnings',
    'unbuffered',
    'wait',
    'no-beep',
    'line-numbers',
    'comments',
  ],
};

const mysql: ReadProgram = (call) => {
  const options = optionsOf(call.args, mysqlGrammar, 'anywhere');
  if (has(options, ['V', 'version', 'help'])) return [does(call, read, 'mysql')];
  const ofText = (text: string): readonly Act[] => {
    if (!isKnown(text)) return [cannotTell(call, 'SQL that is made when it runs')];
    return mysqlOwn.test(text) ? [cannotTell(call, 'a command of mysql that is not known')] : readSql('mysql', text);
  };
  const texts = valuesOf(options, ['e', 'execute']);
  const acts: Act[] = [...texts, ...valuesOf(options, ['init-command'])].flatMap((text = '') => ofText(text));
  if (has(options, ['pager', 'defaults-file', 'defaults-extra-file', 'plugin-dir', 'delimiter']))
    acts.push(cannotTell(call, 'mysql with settings of the caller'));
  if (texts.length === 0) {
    acts.push(
      ...(call.input?.text === undefined
        ? [cannotTell(call, 'SQL that comes from elsewhere')]
        : ofText(call.input.text)),
    );
  }
  return client(call, options, acts, valuesOf(options, ['tee']));
};

const sqliteFlags = [
  '-readonly',
  '-header',
  '-noheader',
  '-csv',
  '-json',
  '-line',
  '-list',
  '-column',
  '-box',
  '-table',
  '-markdown',
  '-batch',
  '-bail',
  '-html',
  '-quote',
  '-tabs',
  '-safe',
  '-echo',
  '-stats',
  '-ascii',
  '-nofollow',
  '-version',
];
/** Dot commands of sqlite3 that only describe. */
const sqliteLooks =
  /^\s*\.(tables|schema|databases|dbinfo|indexes|indices|headers?|mode|show|timer|width|fullschema|nullvalue|separator|explain|eqp)\b[\w\s%*.-]*$/;

const sqlite: ReadProgram = (call) => {
  const operands: string[] = [];
  const texts: string[] = [];
  const acts: Act[] = [];
  const words = [...call.args];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const name = word.startsWith('--') ? word.slice(1) : word;
    if (sqliteFlags.includes(name)) continue;
    if (name === '-cmd') texts.push(words.shift() ?? '');
    else if (name === '-separator' || name === '-nullvalue' || name === '-newline') words.shift();
    else if (mayBeOption(word)) acts.push(cannotTell(call, 'sqlite3 with options that are not known'));
    else operands.push(word);
  }
  texts.push(...operands.slice(1));
  if (operands.length < 2) {
    if (call.input?.text === undefined) acts.push(cannotTell(call, 'SQL that comes from elsewhere'));
    else texts.push(call.input.text);
  }
  for (const text of texts) {
    if (!isKnown(text)) acts.push(cannotTell(call, 'SQL that is made when it runs'));
    else if (sqliteLooks.test(text)) acts.push(does(call, read, 'sqlite3 that describes'));
    else if (/(^|\n)\s*\./.test(text)) acts.push(cannotTell(call, 'a command of sqlite3 that is not known'));
    else acts.push(...readSql('sqlite', text));
  }
  return [does(call, read, 'sqlite3'), ...acts];
};

export const databases: Programs = { psql, mysql, mariadb: mysql, sqlite3: sqlite };
