import { admin, adminDestroy, destroy, network, unknown, write } from '../effects.ts';
import type { Turn } from './plain.ts';
import { isKnown } from './words.ts';

/** How a file is written to. */
export type Way = 'anew' | 'at its end';

/** PURE. What writing to a place means. Undefined: nothing, as for `/dev/null`. */
export function writingTo(path: string, way: Way, elsewhere = false): Turn | undefined {
  if (path.startsWith('/dev/fd/')) return undefined;
  if (!isKnown(path)) return [['write', ...unknown], 'a write to a place that is known only when it runs'];
  const place = normalised(path);
  if (silent.test(place)) return undefined;
  if (/^\/dev\/(tcp|udp)\//.test(place)) return [['write', ...network], 'a connection by redirection'];
  if (/^\/dev\/(?!shm\/|pts\/|mqueue\/)/.test(place)) return [destroy, 'a write to a device'];
  if (startFile.test(place)) return [['write', ...admin], 'a write to a file that is run or trusted'];
  if (system.test(place) || (elsewhere && !place.startsWith('/'))) {
    return [['write', ...(way === 'anew' ? adminDestroy : admin)], 'a write to a system path'];
  }
  return [write, 'a write to a file'];
}

/** PURE. Whether a path leads to where a relative one would be a system's. */
export function isElsewhere(path: string): boolean {
  return !isKnown(path) || path.includes('..') || system.test(normalised(path)) || normalised(path).startsWith('/dev');
}

/** PURE. A folder that holds a system, or all that somebody has. */
export function isWide(path: string): boolean {
  const place = normalised(path.replace(/\/\*+$/, '/'));
  return (
    isKnown(path) && (system.test(place) || /^(|\.|\.\.|\/(home|Users|var|srv|mnt|media|data)(\/[^/]*)?)$/.test(place))
  );
}

/** PURE. A file that holds keys or passwords. */
export function holdsSecrets(path: string): boolean {
  return secrets.test(path);
}

const secrets =
  /(^|\/)(id_(rsa|dsa|ecdsa|ed25519)|\.aws\/credentials|\.kube\/config|kubeconfig|\.netrc|\.pgpass|\.git-credentials|\.npmrc|\.pypirc|\.docker\/config\.json|\.config\/gcloud\/.*|\.vault-token|\.env(\.\w+)?|g?shadow-?|sudoers|credentials\.json|service-account[\w-]*\.json)$|\.(pem|key|p12|pfx|jks|keystore|kdbx)$/;

const silent = /^\/dev\/(null|stdout|stderr|stdin|tty|zero|full|fd\/\d+)$/;
const system =
  /^(\/|\/(private\/)?(etc|boot|bin|sbin|lib\d*|usr|sys|proc|efi|run\/systemd|root|opt|var\/(lib|spool|run))(\/.*)?|(\.\.\/)+.*|\.\.)$/;
const startFile =
  /(^|\/)(\.(bashrc|bash_\w+|profile|zshrc|zshenv|zprofile|inputrc|gitconfig|netrc|pgpass|npmrc|pypirc|vimrc)|authorized_keys\d?|\.ssh(\/.*)?|\.kube(\/.*)?|\.aws(\/.*)?|\.docker(\/.*)?|\.git\/(hooks|config)(\/.*)?|cron(tab|\.\w+)?(\/.*)?|sudoers(\.d\/.*)?|systemd\/.*\.(service|timer))$/;

/** Without detours. A link is the file system's to know. */
function normalised(path: string): string {
  const steps: string[] = [];
  for (const step of path.replace(/^~(?=\/|$)/, '/home/user').split('/')) {
    if (step === '' || step === '.') continue;
    if (step === '..' && steps.length > 0 && steps.at(-1) !== '..') steps.pop();
    else if (step !== '..' || !path.startsWith('/')) steps.push(step);
  }
  return `${path.startsWith('/') || path.startsWith('~') ? '/' : ''}${steps.join('/')}`;
}
