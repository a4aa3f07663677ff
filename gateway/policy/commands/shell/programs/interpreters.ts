import { read, unknown, write, type Effects } from '../../effects.ts';
import { cannotTell, does, type Invocation, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf } from '../options.ts';
import { plain, unsureOf, type Plain } from '../plain.ts';
import { isKnown } from '../words.ts';
import { readAwk } from '../awk.ts';
import { readSed, type Doing } from '../sed.ts';

/** Programs that run a program, as a text, a file or typed. Only their versions are harmless. */
const languages = `
  python python2 python3 pypy pypy3 perl ruby irb node nodejs deno bun tsx ts-node php lua luajit R Rscript julia java jshell
  groovy scala kotlin clojure erl escript elixir iex mix tclsh wish expect osascript ghc runghc ghci ocaml racket guile sbcl clisp
  emacs vi vim nvim view vimdiff nano pico ed ex gdb lldb jdb dc m4 make gmake cmake ninja rake ant mvn gradle
  bazel cargo rustc go gcc g++ cc clang dotnet msbuild mono swift nix nix-shell nix-env guix ansible ansible-playbook
  ansible-pull puppet chef-client salt salt-call packer vagrant pwsh powershell csh tcsh fish elvish nu xonsh rc
  screen tmux byobu script scriptreplay ksh93 mksh zsh mongosh mongo cqlsh jupyter ipython
  qemu-system-x86_64 qemu-img virsh virt-install crash systemd-nspawn machinectl firejail bwrap
  socat nc ncat netcat telnet openvpn wg wg-quick tor cscli metasploit msfconsole msfvenom`;

const language: ReadProgram = (call) => {
  const asks =
    call.args.length === 1 && ['--version', '-V', '--help', '-version', 'version'].includes(call.args[0] ?? '');
  if (asks) return [does(call, read, call.program)];
  const network: Effects = ['socat', 'nc', 'ncat', 'netcat', 'telnet'].includes(call.program) ? ['network'] : [];
  return [does(call, [...unknown, ...network], `${call.program} with a program of its own`)];
};

/** `nc -z host port` looks whether a port is open. */
const netcat: ReadProgram = (call) => {
  const { given, unsure } = optionsOf(call.args, { valued: 'wiGspXxIO' }, 'anywhere');
  const looks =
    given.some(({ name }) => name === 'z') && given.every(({ name }) => 'zvnuw46'.includes(name)) && !unsure;
  return looks ? [does(call, ['network', 'read'], 'nc -z')] : language(call);
};

function effectsOf(call: Invocation, doing: Doing, name: string) {
  switch (doing) {
    case 'read':
      return [does(call, read, name)];
    case 'write':
      return [does(call, write, `${name} that writes files`)];
    case 'run':
      return [cannotTell(call, `${name} that runs programs`)];
    case 'unsure':
      return [cannotTell(call, `${name} with a program that cannot be read`)];
  }
}

const sed: ReadProgram = (call) => {
  const options = optionsOf(
    call.args,
    {
      valued: 'efl',
      attached: 'i',
      longValued: ['expression', 'file', 'line-length'],
      flags: 'nErsuz',
      longFlags: [
        'quiet',
        'silent',
        'regexp-extended',
        'separate',
        'unbuffered',
        'null-data',
        'in-place',
        'posix',
        'debug',
        'sandbox',
        'follow-symlinks',
        'version',
        'help',
      ],
    },
    'anywhere',
  );
  return sedActs(call, options);
};

function sedActs(call: Invocation, options: ReturnType<typeof optionsOf>) {
  if (has(options, ['version', 'help'])) return [does(call, read, 'sed')];
  const scripts = options.given
    .filter(({ name }) => name === 'e' || name === 'expression')
    .map(({ value }) => value ?? '');
  const script = scripts.length > 0 ? scripts.join('\n') : (options.operands[0] ?? '');
  const readable = isKnown(script) && !options.strange && !has(options, ['f', 'file']);
  const edits = has(options, ['i', 'in-place']);
  return [
    ...effectsOf(call, readable ? readSed(script) : 'unsure', 'sed'),
    ...(edits ? [does(call, write, 'sed -i')] : []),
    ...unsureOf(call, options),
  ];
}

const awk: ReadProgram = (call) => {
  const options = optionsOf(
    call.args,
    {
      valued: 'Fvf',
      longValued: ['field-separator', 'assign', 'file'],
      flags: '',
      longFlags: ['version', 'help', 'sandbox', 're-interval', 'posix', 'traditional', 'csv'],
    },
    'first',
  );
  if (has(options, ['version', 'help'])) return [does(call, read, 'awk')];
  const script = options.operands[0] ?? '';
  const readable = isKnown(script) && !options.strange && !options.unsure && !has(options, ['f', 'file']);
  // An operand `name=value` is an assignment; none of them makes a program do more than it says.
  return effectsOf(call, readable ? readAwk(script) : 'unsure', 'awk');
};

const some: Readonly<Record<string, Plain>> = {
  gpg: {
    effects: unknown,
    construct: 'gpg',
    looks: { with: ['verify', 'list-keys', 'k', 'K', 'list-secret-keys', 'fingerprint'], and: [] },
  },
  parallel: { effects: unknown, construct: 'parallel' },
};

/** Options of openssl that name what is read, spoken to or printed. Others write files or load engines. */
const opensslLooks =
  /^-(in|inform|outform|noout|text|subject|issuer|dates|enddate|startdate|fingerprint|serial|sha\d+|md5|ext|checkend|pubkey|hash|modulus|nameopt|hex|base64|a|v|s|connect|servername|showcerts|tls1(_\d)?|brief|quiet|starttls|CAfile|CApath|alpn|purpose|untrusted|r|c|no_ign_eof|status)$/;

/** `openssl` prints certificates and speaks to hosts. */
const openssl: ReadProgram = (call) => {
  const [verb = '', ...args] = call.args;
  const looks = args.every((word) => isKnown(word) && (!word.startsWith('-') || opensslLooks.test(word)));
  const prints = [
    'x509',
    'version',
    'ciphers',
    'dgst',
    'verify',
    'crl',
    'asn1parse',
    'list',
    'errstr',
    'rand',
    'speed',
  ];
  if (looks && prints.includes(verb)) return [does(call, read, 'openssl')];
  if (looks && verb === 's_client') return [does(call, ['network', 'read'], 'openssl s_client')];
  return [cannotTell(call, 'openssl')];
};

export const interpreters: Programs = {
  ...Object.fromEntries(
    languages
      .trim()
      .split(/\s+/)
      .map((name) => [name, language]),
  ),
  ...Object.fromEntries(Object.entries(some).map(([name, program]) => [name, plain(program)])),
  openssl,
  nc: netcat,
  ncat: netcat,
  netcat,
  sed,
  gsed: sed,
  awk,
  gawk: awk,
  mawk: awk,
  nawk: awk,
};
