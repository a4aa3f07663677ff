import { admin, fetch, read, unknown, write } from '../../effects.ts';
import { cannotTell, does, type Programs, type ReadProgram } from '../invocation.ts';
import { has, optionsOf, type Grammar } from '../options.ts';
import { hidesCommand } from '../variables.ts';
import { plain, type Plain, type Turn } from '../plain.ts';

/** Programs that look, whatever they are given. */
const always = `
  cat tac nl head tail wc cut paste tr rev fold fmt pr column comm join expand unexpand od hexdump hd strings base32
  base64 basenc md5sum sha1sum sha224sum sha256sum sha384sum sha512sum shasum b2sum cksum sum stat ls dir vdir ll
  readlink realpath basename dirname df du free uptime uname arch nproc lscpu lsblk lsusb lspci lsmod lsns lsof lsattr
  lslocks lsipc lsmem id whoami groups who w users last lastb lastlog tty printenv locale getent ps pstree
  pgrep pidof pidwait top vmstat iostat mpstat cal ncal bc expr seq factor yes sleep usleep jq cmp diff colordiff
  egrep fgrep grep zcat bzcat xzcat zgrep zegrep zfgrep zdiff zcmp look tsort numfmt pwd getconf findmnt blkid lvs vgs pvs
  lvdisplay vgdisplay pvdisplay getenforce sestatus getcap getfacl namei mountpoint pmap
  atq mailq aa-status nm objdump readelf size locate zipinfo tload slabtop cpuid
  dpkg-query apt-cache whatis apropos which whereis type true false : cd echo times wait
  exit return break continue shift pushd popd dirs help logout suspend caller umask ulimit getopts getopt rpm2cpio
  systemd-detect-virt systemd-cgls systemd-cgtop hostid logname pathchk nproc arch
  tput clear reset stty sha3sum crc32
  whatis col colrm ul runlevel biosdecode acpi`;

const toFile = (program: string): Turn => [write, `${program} to a file`];
const runs = (program: string): Turn => [unknown, `${program} with a program to run`];

const some: Readonly<Record<string, Plain>> = {
  sort: {
    effects: read,
    grammar: {
      valued: 'kStTo',
      longValued: [
        'key',
        'output',
        'buffer-size',
        'field-separator',
        'temporary-directory',
        'compress-program',
        'parallel',
        'batch-size',
        'files0-from',
        'sort',
        'random-source',
      ],
    },
    adds: { 'o|output': toFile('sort'), 'compress-program': runs('sort') },
  },
  shuf: { effects: read, grammar: { valued: 'ino' }, adds: { 'o|output': toFile('shuf') } },
  tree: {
    effects: read,
    grammar: { valued: 'LPIoHT', longValued: ['filelimit', 'charset', 'timefmt', 'sort'] },
    adds: { 'o|output': toFile('tree'), R: toFile('tree') },
  },
  iconv: { effects: read, grammar: { valued: 'fto' }, adds: { 'o|output': toFile('iconv') } },
  file: { effects: read, grammar: { valued: 'FfmeP' }, adds: { 'C|compile': toFile('file') } },
  yq: {
    effects: read,
    grammar: { valued: 'opI' },
    adds: { 'i|inplace|in-place': toFile('yq'), 's|split-exp': toFile('yq') },
  },
  rg: { effects: read, grammar: { valued: 'eABCgtTmjfdMrE' }, adds: { pre: runs('rg'), 'hostname-bin': runs('rg') } },
  ag: { effects: read, grammar: { valued: 'ABCGgmp' }, adds: { pager: runs('ag') } },
  ack: {
    effects: read,
    grammar: { valued: 'ABCgm' },
    adds: { pager: runs('ack'), output: runs('ack'), ackrc: runs('ack') },
  },
  diff3: { effects: read, adds: { 'diff-program': runs('diff3') } },
  sdiff: {
    effects: read,
    grammar: { valued: 'owI' },
    adds: { 'o|output': toFile('sdiff'), 'diff-program': runs('sdiff') },
  },
  xmllint: { effects: read, adds: { output: toFile('xmllint'), shell: runs('xmllint'), o: toFile('xmllint') } },
  ss: {
    effects: read,
    grammar: { valued: 'fADFN' },
    adds: { 'K|kill': [['admin'], 'ss that kills connections'], 'D|diag': toFile('ss') },
  },
  netstat: { effects: read },
  fuser: { effects: read, grammar: { valued: 'n' }, adds: { 'k|kill': [['admin'], 'fuser that kills processes'] } },
  sar: { effects: read, grammar: { valued: 'oefisnPI' }, adds: { o: toFile('sar') } },
  pidstat: { effects: read, grammar: { valued: 'CGptT' }, adds: { e: runs('pidstat') } },
  'iptables-save': { effects: read, adds: { 'f|file': toFile('iptables-save'), 'M|modprobe': runs('iptables-save') } },
  'ip6tables-save': {
    effects: read,
    adds: { 'f|file': toFile('ip6tables-save'), 'M|modprobe': runs('ip6tables-save') },
  },
  htop: { effects: read },
  dmidecode: { effects: read, adds: { 'dump-bin': toFile('dmidecode') } },
  dmesg: {
    effects: read,
    grammar: { valued: 'fnlsF' },
    adds: {
      'C|clear|c|read-clear': [['admin', 'destroy'], 'dmesg that clears the log'],
      'D|console-off|E|console-on|n|console-level': [['admin'], 'dmesg that changes the console'],
    },
  },
  journalctl: {
    effects: read,
    grammar: { valued: 'nupotbSUDMg' },
    adds: {
      'vacuum-size|vacuum-time|vacuum-files': [['admin', 'destroy'], 'journalctl that deletes logs'],
      'rotate|flush|sync|relinquish-var|smart-relinquish-var|setup-keys|update-catalog': [
        ['admin'],
        'journalctl that changes its logs',
      ],
      'cursor-file': toFile('journalctl'),
    },
  },
  hostname: {
    effects: ['admin'],
    looks: {
      and: [
        'f',
        'fqdn',
        's',
        'short',
        'd',
        'domain',
        'i',
        'ip-address',
        'I',
        'all-ip-addresses',
        'A',
        'all-fqdns',
        'y',
      ],
      operands: 0,
    },
  },
  domainname: { effects: ['admin'], looks: { and: [], operands: 0 } },
  dnsdomainname: { effects: ['admin'], looks: { and: [], operands: 0 } },
  ldd: { effects: unknown, construct: 'ldd' },
  man: {
    effects: read,
    grammar: { valued: 'MRLmsSerE' },
    adds: { 'P|pager|H|html|C|config-file': runs('man'), 'X|gxditview|T|troff-device|Z|p|preprocessor': runs('man') },
  },
  info: { effects: read, adds: { 'o|output': toFile('info'), 'init-file|restore': runs('info') } },
  less: {
    effects: read,
    grammar: { valued: 'oOkpPtTxyzj' },
    adds: { 'o|O|log-file|LOG-FILE': toFile('less'), 'k|lesskey-file|lesskey-src|lesskey-content': runs('less') },
  },
  more: { effects: read },
  ping: { effects: fetch },
  ping6: { effects: fetch },
  traceroute: { effects: fetch },
  tracepath: { effects: fetch },
  mtr: { effects: fetch },
  dig: { effects: fetch },
  nslookup: { effects: fetch },
  host: { effects: fetch },
  whois: { effects: fetch },
  nmap: {
    effects: fetch,
    grammar: { valued: 'poeSDg' },
    adds: {
      'script|script-args|script-args-file|datadir|stylesheet': runs('nmap'),
      o: toFile('nmap'),
      interactive: runs('nmap'),
    },
  },
  tcpdump: {
    effects: ['network', 'read'],
    grammar: { valued: 'BcCGEFijmMrsTwWyzZ' },
    adds: { w: toFile('tcpdump'), 'z|Z': runs('tcpdump') },
  },
  'ssh-keyscan': { effects: fetch },
  tshark: { effects: ['network', 'read'], adds: { 'w|X': runs('tshark') } },
};

/** `uniq in out` and `xxd in out` write to what stands second. */
const readsFirst =
  (grammar: Grammar): ReadProgram =>
  (call) => {
    const options = optionsOf(call.args, grammar, 'anywhere');
    const writes = options.operands.length > 1 || options.unsure;
    return [does(call, read, call.program), ...(writes ? [does(call, ...toFile(call.program))] : [])];
  };

/** `date 01020304` sets the clock; `date +%s` does not. */
const date: ReadProgram = (call) => {
  const options = optionsOf(
    call.args,
    { valued: 'dfrsv', longValued: ['date', 'file', 'reference', 'set', 'rfc-3339'] },
    'anywhere',
  );
  const sets = has(options, ['s', 'set']) || options.operands.some((operand) => !operand.startsWith('+'));
  return [sets || options.unsure ? does(call, admin, 'date that sets the clock') : does(call, read, 'date')];
};

/** `less '+!id'` runs a command of less. */
const less: ReadProgram = (call) => [
  ...plain(some['less'] ?? { effects: unknown })(call),
  ...(call.args.some((word) => word.startsWith('+')) ? [does(call, ...runs('less'))] : []),
];

/** `test -v 'a[$(id)]'` runs what stands in the index. */
const test: ReadProgram = (call) => {
  const evaluates = call.args.some((word) => /^-([vR]|eq|ne|lt|le|gt|ge)$/.test(word));
  const hides = evaluates && call.args.some(hidesCommand);
  return [
    does(call, read, 'test'),
    ...(hides ? [cannotTell(call, 'a command inside a text that the shell evaluates')] : []),
  ];
};

export const readers: Programs = {
  ...Object.fromEntries(
    always
      .trim()
      .split(/\s+/)
      .map((name) => [name, plain({ effects: read })]),
  ),
  ...Object.fromEntries(Object.entries(some).map(([name, program]) => [name, plain(program)])),
  date,
  test,
  '[': test,
  less,
  uniq: readsFirst({ valued: 'fsw', longValued: ['skip-fields', 'skip-chars', 'check-chars'] }),
  xxd: readsFirst({ valued: 'cgIlnos', longValued: ['cols', 'groupsize', 'len', 'name', 'offset', 'seek'] }),
};
