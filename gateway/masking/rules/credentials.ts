import { jsonWebToken } from '../validators.ts';
import { priorities, token, type Rule } from './rule.ts';

/** Standard credential forms that belong to no provider. */
export const credentialRules: readonly Rule[] = [
  token(
    'jwt',
    ['eyJ', 'ewogIC', 'ewog'],
    '(?<![\\w-])(?:eyJ|ewog)[A-Za-z0-9_-]{8,8192}\\.[A-Za-z0-9_-]{4,16384}\\.[A-Za-z0-9_-]{0,2048}(?:\\.[A-Za-z0-9_-]{0,2048}){0,2}',
    {
      validate: jsonWebToken,
      priority: priorities.validated,
    },
  ),
  token('bearer_token', ['bearer '], '([Bb]earer |BEARER )[\\w.~+/=:-]{12,4096}', {
    context: true,
    validate: (value) => /\d/.test(value) || (value.length >= 24 && /[a-z]/.test(value) && /[A-Z]/.test(value)),
    priority: priorities.keyed + 5,
  }),
  token('basic_credentials', ['basic '], '([Bb]asic |BASIC )[A-Za-z0-9+/]{8,400}={0,2}(?![A-Za-z0-9+/=])', {
    context: true,
    validate: (value) => {
      const pair = Buffer.from(value, 'base64').toString('utf8');
      return /^[\x20-\x7e]{0,200}:[\x20-\x7e]{0,200}$/.test(pair);
    },
    priority: priorities.structural,
  }),
  {
    id: 'url_password',
    entity: 'url_password',
    anchors: ['://'],
    pattern: /(:\/\/[^\s:/?#@"'<>[\]]{0,120}:)(?![$<{%*][^@]{0,60}@)[^\s/@"'<>]{1,200}(?=@[^\s@"'<>]{1,200})/y,
    context: true,
    inWord: true,
    validate: (value) =>
      !/^(?:\[REDACTED:[a-z0-9_]+\]|x{3,}|\*+|password|pass|<[^>]*>|\$\{?\w+\}?|\.{3})$/i.test(value),
    priority: priorities.structural,
  },
  {
    id: 'url_token',
    entity: 'url_password',
    anchors: ['://'],
    pattern: /(:\/\/)[A-Za-z0-9_-]{20,200}(?=(?::x-oauth-basic|:)?@[^\s@"'<>]{1,200})/y,
    context: true,
    inWord: true,
    validate: (value) => /\d/.test(value),
    priority: priorities.structural,
  },
  {
    id: 'command_password',
    entity: 'password',
    anchors: ['mysql', 'mysqldump', 'sshpass', 'mongo', 'redis-cli'],
    pattern:
      /((?:mysql(?:dump|admin)?\b[^\n|;]{0,100}? -p|sshpass -p ?|redis-cli\b[^\n|;]{0,100}? -a |mongo(?:sh|dump|restore|export)?\b[^\n|;]{0,100}? -p )["']?)(?![$<{"'\s-])[^\s"'|;]{3,100}/y,
    context: true,
    priority: priorities.keyed,
  },
  {
    id: 'command_user_password',
    entity: 'password',
    anchors: ['curl'],
    pattern: /(curl\b[^\n|;]{0,200}? (?:-u|--user)[ =]?["']?[\w.@+-]{1,80}:)(?![$<{"'\s])[^\s"'|;]{3,100}/y,
    context: true,
    priority: priorities.keyed,
  },
  {
    id: 'netrc_password',
    entity: 'password',
    anchors: ['machine'],
    pattern:
      /(machine\s{1,4}[\w.:-]{1,253}\s{1,8}login\s{1,4}\S{1,200}\s{1,8}password\s{1,4})(?![$<{[])[^\s"']{3,200}/y,
    context: true,
    priority: priorities.keyed,
  },
  {
    id: 'sql_password',
    entity: 'password',
    anchors: ['password', 'identified by'],
    pattern:
      /((?:PASSWORD|IDENTIFIED\s{1,4}BY(?:\s{1,4}PASSWORD)?)(?:\s{1,4}|\s{0,4}=\s{0,4})')(?![$<{:])[^'\n]{1,200}(?=')/iy,
    context: true,
    validate: (value) => !/^\[REDACTED:[a-z0-9_]+\]$/.test(value),
    priority: priorities.keyed,
  },
  {
    id: 'unix_password_hash',
    entity: 'password_hash',
    anchors: ['$1$', '$5$', '$6$', '$y$', '$2a$', '$2b$', '$2y$', '$argon2'],
    pattern:
      /\$(?:2[aby]\$\d\d\$[./A-Za-z0-9]{53}|[156y]\$[./A-Za-z0-9=,$]{1,40}\$[./A-Za-z0-9]{22,86}|argon2(?:id|i|d)\$[\w=,$+/-]{30,200})/y,
    inWord: true,
    priority: priorities.prefixed,
  },
];
