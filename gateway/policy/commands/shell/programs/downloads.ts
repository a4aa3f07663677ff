import type { Act } from '../../command.ts';
import { network, send, unknown, write, type Effects } from '../../effects.ts';
import { cannotTell, does, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf, valueOf, type Options } from '../options.ts';
import { writingTo } from '../places.ts';
import { plain, unsureOf } from '../plain.ts';

/** Options of curl 8 that take a value and change nothing here: without them, a value would be read as an option. */
const curlGrammar = {
  longFlags: ['head', 'netrc', 'parallel', 'keepalive'],
  valued: 'AbCcDdeEFhHKmoPQrtTuUwXxyYz',
  longValued:
    `abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout connect-to continue-at
    cookie cookie-jar create-file-mode crlfile curves data data-ascii data-binary data-raw data-urlencode delegation doh-url
    dump-header egd-file engine etag-compare etag-save expect100-timeout form form-string ftp-account ftp-method ftp-port
    happy-eyeballs-timeout-ms haproxy-clientip header hostpubmd5 hostpubsha256 hsts interface ipfs-gateway json keepalive-time key
    key-type krb libcurl limit-rate local-port login-options mail-auth mail-from mail-rcpt max-filesize max-redirs max-time netrc-file
    noproxy oauth2-bearer output output-dir parallel-max pass pinnedpubkey postquote preproxy prequote proto proto-default
    proto-redir proxy proxy-cacert proxy-capath proxy-cert proxy-ciphers proxy-header proxy-key proxy-pass proxy-user pubkey quote random-file
    range rate referer request request-target resolve retry retry-delay retry-max-time sasl-authzid service-name socks4 socks4a
    socks5 socks5-hostname speed-limit speed-time stderr telnet-option tftp-blksize time-cond tls-max tls13-ciphers tlsauthtype
    trace trace-ascii trace-config unix-socket upload-file url url-query user user-agent variable write-out`
      .trim()
      .split(/\s+/),
};

const curl: ReadProgram = (call) => {
  const options = optionsOf(call.args, curlGrammar, 'anywhere');
  const acts: Act[] = [does(call, ...request(options, 'curl'))];
  const files = options.given.filter(({ name }) => curlFiles.includes(name)).map(({ value = '' }) => value);
  if (has(options, ['O', 'remote-name', 'J', 'remote-header-name', 'remote-name-all'])) files.push('download');
  for (const file of files) {
    const turn = file === '-' ? undefined : writingTo(file, 'anew');
    if (turn !== undefined)
      acts.push(does(call, ...(turn[1] === 'a write to a file' ? ([write, 'curl to a file'] as const) : turn)));
  }
  if (
    has(options, [
      'K',
      'config',
      'Q',
      'quote',
      'prequote',
      'postquote',
      'engine',
      'unix-socket',
      'abstract-unix-socket',
    ])
  )
    acts.push(cannotTell(call, 'curl with commands or settings of the caller'));
  const saves = options.given.some(
    ({ name, value }) => (name === 'w' || name === 'write-out') && value?.includes('%output') === true,
  );
  if (saves) acts.push(does(call, write, 'curl to a file'));
  const addresses = [
    ...options.operands,
    ...options.given.filter(({ name }) => name === 'url').map(({ value = '' }) => value),
  ];
  if (!addresses.every((word) => isWeb.test(word))) acts.push(cannotTell(call, 'curl to what is not of HTTP'));
  return [...acts, ...unsureOf(call, options)];
};

/** An address of HTTP, or a host, for which curl takes HTTP. */
const isWeb = /^(https?:\/\/|(?!\w+:\/\/)[\w.-]+(:\d+)?([/?]|$))/i;

const curlFiles = [
  'o',
  'output',
  'c',
  'cookie-jar',
  'D',
  'dump-header',
  'stderr',
  'trace',
  'trace-ascii',
  'libcurl',
  'etag-save',
  'ssl-sessions',
  'hsts',
  'alt-svc',
  'output-dir',
];

function request(options: Options, program: string): readonly [Effects, string] {
  const method = valueOf(options, ['X', 'request', 'method'])?.toUpperCase();
  const sends = has(options, [
    'd',
    'data',
    'data-ascii',
    'data-binary',
    'data-raw',
    'data-urlencode',
    'F',
    'form',
    'form-string',
    'T',
    'upload-file',
    'json',
    'post-data',
    'post-file',
    'body-data',
    'body-file',
    'mail-from',
  ]);
  if (has(options, ['G', 'get']) && method === undefined) return [network, program];
  switch (method) {
    case undefined:
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
      return sends ? [send, `${program} that sends data`] : [network, program];
    case 'POST':
    case 'PUT':
    case 'PATCH':
      return [send, `${program} that sends data`];
    case 'DELETE':
      return [[...send, 'destroy'], `${program} that deletes`];
    default:
      return [[...unknown, ...network], `${program} with a method that is not known`];
  }
}

const wget: ReadProgram = (call) => {
  const options = optionsOf(
    call.args,
    {
      valued: 'aAeBDgGhiIloOPQRtTUwX',
      longValued:
        `output-document output-file append-output input-file tries timeout wait user-agent header post-data post-file method body-data body-file
        directory-prefix execute use-askpass config base level accept reject domains referer load-cookies save-cookies quota limit-rate
        certificate private-key ca-certificate user password http-user http-password ftp-user ftp-password waitretry`
          .trim()
          .split(/\s+/),
    },
    'anywhere',
  );
  const target = valueOf(options, ['O', 'output-document']);
  const turn = target === '-' || has(options, ['spider']) ? undefined : writingTo(target ?? 'download', 'anew');
  const logs = options.given
    .filter(({ name }) => wgetFiles.includes(name))
    .map(({ value = '' }) => writingTo(value, 'anew'));
  return [
    does(call, ...request(options, 'wget')),
    ...logs.flatMap((log) => (log === undefined ? [] : [does(call, ...log)])),
    ...(turn === undefined
      ? []
      : [does(call, ...(turn[1] === 'a write to a file' ? ([write, 'wget to a file'] as const) : turn))]),
    ...(has(options, ['e', 'execute', 'use-askpass', 'config'])
      ? [cannotTell(call, 'wget with commands or settings of the caller')]
      : []),
    ...unsureOf(call, options),
  ];
};

const wgetFiles = [
  'o',
  'output-file',
  'a',
  'append-output',
  'save-cookies',
  'warc-file',
  'hsts-file',
  'rejected-log',
  'input-metalink',
];

/** `http DELETE host`: HTTPie has its method as an operand. */
const httpie: ReadProgram = (call) => {
  const { operands, unsure } = optionsOf(
    call.args,
    { valued: 'aAhopP', longValued: ['auth', 'output', 'session', 'verify', 'timeout', 'print', 'proxy'] },
    'anywhere',
  );
  const method = operands.find((word) => /^[A-Za-z]+$/.test(word))?.toUpperCase();
  const sends = unsure || operands.slice(1).some((word) => /[=@]/.test(word));
  if (method === 'DELETE') return [does(call, [...send, 'destroy'], 'http that deletes')];
  return [
    does(
      call,
      sends || (method !== undefined && !['GET', 'HEAD', 'OPTIONS'].includes(method)) ? send : network,
      sends ? 'http that sends data' : 'http',
    ),
  ];
};

export const downloads: Programs = {
  curl,
  wget,
  http: httpie,
  https: httpie,
  aria2c: plain({
    effects: send,
    adds: {
      'on-download-complete|on-download-start|on-download-stop|on-download-error|conf-path': [
        unknown,
        'aria2c with a program to run',
      ],
    },
  }),
};
