import { admin, adminDestroy, install, read, unknown, type Effects } from '../../effects.ts';
import { does, type Programs, type ReadProgram } from '../invocation.ts';
import { optionsOf } from '../options.ts';
import { plain, type Plain } from '../plain.ts';

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

const packetFilter: Plain = {
  effects: admin,
  grammar: { valued: 't' },
  looks: {
    with: ['L', 'S', 'list', 'list-rules'],
    and: ['n', 'v', 'x', 't', 'numeric', 'verbose', 'line-numbers', 'table'],
  },
  adds: { 'F|flush|X|D': [adminDestroy, 'iptables that removes rules'] },
};

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
  iptables: packetFilter,
  ip6tables: packetFilter,
  'iptables-restore': { effects: adminDestroy },
  'firewall-cmd': {
    effects: admin,
    looks: {
      with: [
        'state',
        'list-all',
        'list-services',
        'list-ports',
        'list-all-zones',
        'get-zones',
        'get-default-zone',
        'get-active-zones',
        'version',
      ],
      and: ['zone', 'permanent'],
      operands: 0,
    },
  },
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

/** `nft` joins its words to one text of commands. */
const nft: ReadProgram = (call) => {
  const words = call.args.filter((word) => !/^-(a|n+|s|j|y|t|p)$/.test(word));
  const looks = words[0] === 'list' && words.every((word) => /^[\w.-]+$/.test(word) && !word.startsWith('-'));
  return [does(call, looks ? read : adminDestroy, looks ? 'nft list' : 'nft')];
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
  nft,
  kill,
  sysctl,
  service,
  'apt-key': plain({ effects: [...admin, ...install] }),
};
