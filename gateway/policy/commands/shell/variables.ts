import { admin } from '../effects.ts';
import type { Turn } from './plain.ts';

/**
 * Variables that change what programs do: which files are run, which libraries are loaded, which pager, editor or
 * transport is started, whom a client trusts.
 */
const powerful = new RegExp(
  `^(${[
    'PATH|IFS|ENV|HOME|SHELL|SHELLOPTS|BASHOPTS|CDPATH|FPATH|PS[0-4]|PROMPT_COMMAND|GLOBIGNORE|HISTFILE|EXECIGNORE|INPUTRC|TMOUT',
    'LD_\\w+|DYLD_\\w+|BASH_\\w+|GLIBC_\\w+|GCONV_PATH|LOCPATH|MALLOC_\\w+|NLSPATH|TERMINFO\\w*|HOSTALIASES|RES_OPTIONS|LOCALDOMAIN',
    'PYTHON\\w+|PERL\\w*|RUBY\\w+|NODE_\\w+|JAVA_\\w+|_JAVA_\\w+|JDK_\\w+|CLASSPATH|GO\\w*FLAGS|RUST\\w+|CARGO_\\w+|DENO_\\w+|LUA_\\w+|PHP\\w+|R_\\w+',
    '\\w*PAGER|\\w*EDITOR|VISUAL|BROWSER|\\w*LESS\\w*|MANOPT|MANROFFOPT|MORE|GREP_OPTIONS|TAR_\\w+|ZIPOPT|UNZIP|GZIP|XZ_\\w+|RSYNC_\\w+|CVS_\\w+|SSH_ASKPASS\\w*|SUDO_\\w+',
    'GIT_(?!AUTHOR_|COMMITTER_)\\w+|HG\\w+|SVN_\\w+',
    'KUBE(?!_NAMESPACE)\\w+|TF_(?!VAR_|LOG$|IN_AUTOMATION$|INPUT$|WORKSPACE$)\\w+|HELM_(?!NAMESPACE)\\w+|DOCKER_\\w+|CONTAINER_\\w+|COMPOSE_\\w+|ANSIBLE_\\w+|VAULT_ADDR',
    'AWS_(?!PROFILE$|REGION$|DEFAULT_REGION$|DEFAULT_OUTPUT$|DEFAULT_PROFILE$)\\w+|CLOUDSDK_(?!CORE_PROJECT|CORE_DISABLE_PROMPTS|COMPUTE_)\\w+|AZURE_\\w+|GOOGLE_\\w+|BOTO\\w*',
    'PG(?!DATABASE|OPTIONS|TZ|DATESTYLE|CLIENTENCODING|APPNAME|CONNECT_TIMEOUT)\\w+|PSQL\\w*|PGOPTIONS|MYSQL_\\w+|SQLITE_\\w+|REDISCLI_\\w+',
    '\\w+_proxy|\\w+_PROXY|OPENSSL_\\w+|SSL_\\w+|SSLKEYLOGFILE|CURL_\\w+|WGETRC|NETRC|REQUESTS_CA_BUNDLE|XDG_\\w+|TMPDIR|NPM_\\w+|npm_\\w+|PIP_\\w+|UV_\\w+|GEM_\\w+|BUNDLE_\\w+|MAKEFLAGS|MAKEFILES|CC|CXX|CFLAGS|LDFLAGS',
  ].join('|')})$`,
);

/** Setting one of these to nothing, or a pager to `cat`, is what scripts do so that no pager starts. */
const quiet = /^(\w*PAGER|LESS|LESSOPEN|GREP_OPTIONS|CDPATH|\w+_proxy|\w+_PROXY)$/;

/** PURE. What setting a variable changes beyond the script itself; undefined: nothing. */
export function changedVariable(name: string, value: string | undefined): Turn | undefined {
  if (!powerful.test(name)) return undefined;
  if (quiet.test(name) && (value === '' || value === 'cat')) return undefined;
  return [admin, 'a variable that changes how programs run'];
}

/**
 * PURE. A literal that holds a command for later: where a shell evaluates names and arithmetic, `a[$(id)]` is run even
 * when quotes protect it at first.
 */
export function hidesCommand(text: string): boolean {
  return text.includes('$(') || text.includes('`') || text.includes('${');
}
