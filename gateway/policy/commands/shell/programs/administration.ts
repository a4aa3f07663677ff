import { admin, adminDestroy, install, read, unknown, type Effects } from '../../effects.ts';
import { does, type Programs, type ReadProgram } from '../invocation.ts';
import { optionsOf } from '../options.ts';
import { plain, type Plain } from '../plain.ts';
import { verbs } from '../verbs.ts';

const changes = `
  chown chgrp setfacl setcap useradd userdel usermod groupadd groupdel groupmod gpasswd newgrp adduser deluser
  addgroup delgroup chpasswd chage vipw vigr visudo pwck grpck pwconv umount swapon swapoff modprobe insmod
  rmmod depmod kexec reboot shutdown halt poweroff init telinit pkill killall killall5 skill snice renice
  setenforce setsebool semanage restorecon chcon auditctl apparmor_parser ufw ldconfig losetup mknod
  tune2fs e2fsck fsck xfs_repair resize2fs hwclock ntpdate rdate tzselect iw iwconfig
  brctl tc ethtool dhclient dhcpcd wpa_supplicant ifup ifdown update-rc.d chkconfig update-alternatives alternatives
  quotaon quotaoff edquota setquota exportfs lvcreate lvextend lvresize lvchange vgcreate vgextend vgchange
  pvcreate pvresize mdadm cryptsetup swaplabel e2label grub-install update-grub grub2-mkconfig efibootmgr
  ssh-copy-id ssh-add authconfig pam-auth-update loadkeys setterm setupcon chvt localedef locale-gen dpkg-reconfigure
  sysrq newuidmap nvme hdparm sdparm smartctl ntfsfix`;

const gone = `mkfs mkswap lvremove vgremove pvremove sgdisk sfdisk cfdisk mkdosfs debugfs zerofree`;

const chmod: ReadProgram = (call) => [does(call, admin, 'chmod')];

const some: Readonly<Record<string, Plain>> = {
  chattr: { effects: admin },
  fdisk: { effects: adminDestroy, looks: { with: ['l', 'list', 'x'], and: ['u'] } },
  parted: { effects: adminDestroy, looks: { with: ['l', 'list'], and: ['m', 's'], operands: 0 } },
  gdisk: { effects: adminDestroy, looks: { with: ['l'] } },
  passwd: { effects: admin, looks: { with: ['S', 'status'], and: ['a', 'all'] } },
  mount: { effects: admin, looks: { and: ['l', 'v', 't', 'show-labels'], operands: 0 } },
  crontab: {
    effects: admin,
    looks: { with: ['l'], and: ['u'] },
    grammar: { valued: 'u' },
    adds: { r: [adminDestroy, 'crontab -r'] },
  },
  at: { effects: unknown, looks: { with: ['l'], and: ['q'] } },
  batch: { effects: unknown },
  atrm: { effects: adminDestroy },
  iptables: {
    effects: admin,
    grammar: { valued: 't' },
    looks: {
      with: ['L', 'S', 'list', 'list-rules'],
      and: ['n', 'v', 'x', 't', 'numeric', 'verbose', 'line-numbers', 'table'],
    },
    adds: { 'F|flush|X|D': [adminDestroy, 'iptables that removes rules'] },
  },
  ip6tables: {
    effects: admin,
    grammar: { valued: 't' },
    looks: {
      with: ['L', 'S', 'list', 'list-rules'],
      and: ['n', 'v', 'x', 't', 'numeric', 'verbose', 'line-numbers', 'table'],
    },
    adds: { 'F|flush|X|D': [adminDestroy, 'iptables that removes rules'] },
  },
  'iptables-restore': { effects: adminDestroy },
  blkid: { effects: read },
  userdel: { effects: adminDestroy },
  groupdel: { effects: adminDestroy },
  exportfs: { effects: admin, looks: { and: ['v'], operands: 0 } },
  ifconfig: { effects: admin, looks: { and: ['a', 's', 'v'], operands: 1 } },
  route: { effects: admin, looks: { and: ['n', 'e', 'v', '4', '6'], operands: 0 } },
  arp: { effects: admin, looks: { and: ['a', 'n', 'e', 'v'], operands: 1 } },
  swapon: { effects: admin, looks: { with: ['s', 'show', 'summary'] } },
  hwclock: { effects: admin, looks: { with: ['r', 'show'] } },
  ethtool: { effects: admin, looks: { and: [], operands: 1 } },
  smartctl: {
    effects: admin,
    grammar: { valued: 'd' },
    looks: { with: ['a', 'i', 'H', 'A', 'x', 'all', 'info', 'health'], and: ['d', 'device'] },
  },
  sudoedit: { effects: unknown },
  visudo: { effects: admin, looks: { with: ['c', 'check'], and: ['q', 's'], operands: 0 } },
  ulimit: { effects: read },
  'ssh-keygen': {
    effects: ['write', 'admin'],
    looks: { with: ['l', 'F'], and: ['f', 'v', 'E'] },
    grammar: { valued: 'fFE' },
  },
  logrotate: { effects: unknown },
  'mkfs.ext4': { effects: adminDestroy, construct: 'mkfs' },
};

/** `kill -0` asks, `kill -l` lists; any other signal is sent. */
const kill: ReadProgram = (call) => {
  const asks = ['-0', '-l', '-L', '--list', '--table'].includes(call.args[0] ?? '') && call.args.length > 0;
  return [does(call, asks ? read : admin, 'kill')];
};

/** `sysctl name=value` and `-w`, `-p` write. */
const sysctl: ReadProgram = (call) => {
  const { given, operands, unsure } = optionsOf(call.args, { valued: 'r' }, 'anywhere');
  const lists = given.every(({ name }) =>
    ['a', 'A', 'X', 'n', 'e', 'N', 'b', 'r', 'all', 'names', 'values'].includes(name),
  );
  const looks = lists && !unsure && operands.every((operand) => /^[\w.*/-]+$/.test(operand));
  return [does(call, looks ? read : admin, 'sysctl')];
};

/** `service nginx status`: the verb comes second. */
const service: ReadProgram = (call) => {
  const verb = call.args[1];
  const looks = call.args[0] === '--status-all' || verb === 'status';
  return [does(call, looks && call.args.length < 3 ? read : admin, looks ? 'service status' : 'service')];
};

const openers = (names: string, effects: Effects): Programs =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, plain({ effects })]),
  );

export const administration: Programs = {
  ...openers(changes, admin),
  ...openers(gone, adminDestroy),
  ...Object.fromEntries(
    ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'vfat', 'fat', 'ntfs', 'f2fs', 'minix', 'cramfs', 'jfs'].map((kind) => [
      `mkfs.${kind}`,
      plain({ effects: adminDestroy, construct: 'mkfs' }),
    ]),
  ),
  ...Object.fromEntries(Object.entries(some).map(([name, program]) => [name, plain(program)])),
  chmod,
  kill,
  sysctl,
  service,
  ...verbs({
    systemctl: {
      valued: [
        '-H',
        '--host',
        '-M',
        '--machine',
        '-t',
        '--type',
        '-p',
        '--property',
        '-n',
        '--lines',
        '-o',
        '--output',
        '--state',
        '--root',
        '--job-mode',
        '-s',
        '--signal',
        '--kill-whom',
        '--what',
      ],
      flags: [
        '--user',
        '--system',
        '--no-pager',
        '-q',
        '--quiet',
        '--no-legend',
        '-a',
        '--all',
        '-l',
        '--full',
        '--now',
        '-f',
        '--force',
        '--plain',
        '--failed',
        '--runtime',
        '--global',
        '--no-block',
        '--no-ask-password',
        '--value',
        '-r',
        '--recursive',
        '--wait',
        '--dry-run',
        '-i',
      ],
      none: read,
      read: 'status show cat list-units list-unit-files list-timers list-sockets list-jobs list-dependencies list-machines list-paths list-automounts is-active is-enabled is-failed is-system-running get-default show-environment help whoami --version --failed',
      admin:
        'start stop restart try-restart reload reload-or-restart try-reload-or-restart condrestart force-reload isolate kill set-property enable disable reenable preset preset-all mask unmask link set-default daemon-reload daemon-reexec reset-failed cancel set-environment unset-environment import-environment log-level log-target service-watchdogs add-wants add-requires freeze thaw bind mount-image default rescue emergency switch-root suspend hibernate hybrid-sleep suspend-then-hibernate soft-reboot kexec exit',
      adminDestroy: 'halt poweroff reboot revert clean',
    },
    loginctl: {
      flags: ['--no-pager', '--no-legend', '-a', '-l'],
      valued: ['-p', '-n', '-o', '-H', '-M', '-s'],
      none: read,
      read: 'list-sessions session-status show-session list-users user-status show-user list-seats seat-status show-seat',
      admin:
        'activate lock-session unlock-session lock-sessions unlock-sessions terminate-session kill-session enable-linger disable-linger terminate-user kill-user attach flush-devices terminate-seat',
    },
    hostnamectl: {
      flags: ['--static', '--pretty', '--transient', '--no-ask-password'],
      valued: ['-H', '-M', '--json'],
      none: read,
      read: 'status',
      admin:
        'hostname set-hostname icon-name set-icon-name chassis set-chassis deployment set-deployment location set-location',
    },
    timedatectl: {
      flags: ['--no-pager', '-a', '--all', '--value', '--adjust-system-clock', '--no-ask-password'],
      valued: ['-H', '-M', '-p', '--property'],
      none: read,
      read: 'status show list-timezones timesync-status show-timesync',
      admin: 'set-time set-timezone set-local-rtc set-ntp ntp-servers revert',
    },
    localectl: {
      flags: ['--no-pager', '--no-convert'],
      valued: ['-H', '-M'],
      none: read,
      read: 'status list-locales list-keymaps list-x11-keymap-models list-x11-keymap-layouts',
      admin: 'set-locale set-keymap set-x11-keymap',
    },
    resolvectl: {
      flags: ['--no-pager', '-4', '-6', '--legend'],
      valued: ['-i', '-p', '-t', '-c'],
      none: read,
      read: 'status statistics show-cache show-server-state',
      network: 'query service openpgp tlsa',
      admin:
        'dns domain default-route llmnr mdns dnsovertls dnssec nta revert flush-caches reset-statistics reset-server-features monitor log-level',
    },
    'systemd-analyze': {
      flags: ['--no-pager', '--user', '--system'],
      valued: [],
      none: read,
      read: 'time blame critical-chain dump plot dot unit-paths exit-status capability condition syscall-filter calendar timestamp timespan security inspect-elf verify cat-config',
    },
    networkctl: {
      flags: ['--no-pager', '-a', '-s', '-l'],
      valued: [],
      none: read,
      read: 'list status lldp label',
      admin: 'delete up down renew forcerenew reconfigure reload edit mask unmask',
    },
    ip: {
      flags: [
        '-4',
        '-6',
        '-o',
        '-s',
        '-d',
        '-br',
        '-brief',
        '-j',
        '-json',
        '-p',
        '-pretty',
        '-c',
        '-color',
        '-h',
        '-human',
        '-a',
        '-all',
        '-r',
        '-resolve',
        '-V',
        '-details',
        '-oneline',
        '-stats',
        '-statistics',
        '-c=always',
        '-c=never',
        '-c=auto',
        '-color=always',
        '-color=never',
        '-N',
        '-Numeric',
        '-iec',
        '-t',
        '-ts',
        '-timestamp',
      ],
      valued: ['-f', '-family', '-l', '-loops', '-rc', '-rcvbuf', '-n', '-netns'],
      none: read,
      nested: Object.fromEntries(
        [
          'address',
          'addr',
          'a',
          'link',
          'l',
          'route',
          'ro',
          'r',
          'rule',
          'ru',
          'neighbour',
          'neighbor',
          'neigh',
          'n',
          'maddress',
          'maddr',
          'mroute',
          'tunnel',
          'tuntap',
          'token',
          'tcp_metrics',
          'ntable',
          'mrule',
          'vrf',
        ].map((object) => [
          object,
          {
            flags: [],
            valued: [],
            none: read,
            read: 'show list ls lst sh s get',
            admin: 'add a del delete d set change chg replace append prepend up down',
            adminDestroy: 'flush f',
          },
        ]),
      ),
    },
    nft: {
      flags: ['-a', '-n', '-nn', '-s', '-j', '-y', '-t', '-p'],
      valued: [],
      read: 'list describe',
      admin: 'add create insert rename replace import reset',
      adminDestroy: 'delete flush destroy',
    },
    ufw: {
      flags: ['--dry-run', '--force'],
      valued: [],
      read: 'status show version',
      admin: 'enable disable default logging allow deny reject limit reload route app insert prepend',
      adminDestroy: 'delete reset',
    },
    nmcli: {
      flags: ['-t', '--terse', '-p', '--pretty', '-o', '-a', '--ask', '-s', '--show-secrets'],
      valued: ['-m', '--mode', '-c', '--colors', '-f', '--fields', '-g', '--get-values', '-e', '-w', '--wait'],
      none: read,
      nested: Object.fromEntries(
        ['general', 'g', 'device', 'd', 'dev', 'connection', 'c', 'con', 'radio', 'r', 'networking', 'n'].map(
          (object) => [
            object,
            {
              flags: [],
              valued: [],
              none: read,
              read: 'show status s connectivity',
              admin:
                'up down add modify edit clone reload load import set reapply connect disconnect wifi hostname permissions logging on off',
              adminDestroy: 'delete',
            },
          ],
        ),
      ),
    },
    'firewall-cmd': {
      flags: [],
      valued: [],
      read: '--state --list-all --list-services --list-ports --list-all-zones --get-zones --get-default-zone --get-active-zones --version',
      admin: '--reload --complete-reload --permanent --add-port --add-service --zone --set-default-zone',
    },
    'rc-service': { flags: ['-q'], valued: [], none: read, read: '-l --list' },
    snap: {
      flags: [],
      valued: [],
      read: 'list find info version changes connections services',
      install: 'install refresh',
      admin: 'enable disable start stop restart set connect disconnect alias revert',
      adminDestroy: 'remove',
      execute: 'run',
    },
  }),
  'apt-key': plain({ effects: [...admin, ...install] }),
};
