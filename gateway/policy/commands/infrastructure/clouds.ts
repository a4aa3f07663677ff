import type { Act } from '../command.ts';
import { act, admin, unknown, write, type Effects } from '../effects.ts';
import type { Programs, ReadProgram } from '../shell/invocation.ts';
import { isKnown, mayBeOption, someWords } from '../shell/words.ts';

/** What the first part of an operation's name says: AWS alone has over ten thousand, and names them all like this. */
const byVerb: readonly (readonly [Effects, string])[] = [
  [
    ['read'],
    `describe list get head ls show view search lookup query scan select estimate preview check validate simulate detect count help
     batch-get filter wait info versions status history tail explain-plan list-locations locations read print print-settings can get-iam-policy`,
  ],
  [
    ['write'],
    `create put update modify add set start stop restart reboot tag untag attach detach associate disassociate enable disable register run upload copy cp
     mv sync mb publish send import restore resize scale patch configure apply subscribe unsubscribe submit increase decrease move rename upgrade begin
     change replace promote rotate request allocate assign unassign replicate activate deactivate suspend resume label merge complete initiate insert
     edit rebuild redeploy reload write deploy switch`,
  ],
  [
    ['write', 'destroy'],
    `delete terminate remove destroy purge rm rb deregister cancel revoke reset release abort shutdown stop-and-delete drop empty wipe evict forget
     deallocate disassociate-and-delete undeploy close discard schedule-key-deletion`,
  ],
  [
    ['execute'],
    `invoke execute exec ssh send-command start-session run-command call scp run-task start-build trigger test-invoke-method test-invoke-authorizer test-state`,
  ],
  [
    ['admin'],
    `grant authorize unauthorize accept approve reject deny login logout auth assume sign lock unlock impersonate add-iam-policy-binding get-credentials`,
  ],
];
const verbs = new Map(
  byVerb.flatMap(([effects, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, effects] as const),
  ),
);
const shown: Readonly<Record<string, string>> = {
  read: 'that reads',
  write: 'that changes',
  execute: 'that runs code',
  admin: 'that changes rights',
  unknown: 'command that is not known',
};

/** Services and groups that say who may do what. Any change there is one of rights. */
const ofRights =
  /^(iam|iam-admin|sts|organizations|sso|sso-admin|identitystore|kms|secretsmanager|ram|access-analyzer|cognito-idp|role|ad|identity|keyvault|policy|account|kms-keys|service-accounts|keys|secrets|configure|billing|config|org-policies|roles|lock)$/;
/** What is read there is a secret, though reading changes nothing. */
const ofSecrets =
  /^(get-secret-value|batch-get-secret-value|get-parameters?|get-parameters-by-path|decrypt|access|get-password-data|get-login-password|print-access-token|print-identity-token|get-access-token|get-session-token|get-federation-token|assume-role\S*|list-keys|get-token|get-authorization-token|show-connection-string)$/;

interface Cloud {
  readonly valued: readonly string[];
  readonly flags: readonly string[];
  /** How many words lead to the operation: `aws ec2 describe-instances`. Undefined: the first known verb among them. */
  readonly depth: number | undefined;
}

const aws: Cloud = {
  valued: [
    '--region',
    '--profile',
    '--output',
    '--query',
    '--color',
    '--cli-read-timeout',
    '--cli-connect-timeout',
    '--ca-bundle',
    '--endpoint-url',
    '--cli-binary-format',
  ],
  flags: ['--debug', '--no-paginate', '--no-cli-pager', '--no-sign-request', '--no-verify-ssl', '--no-cli-auto-prompt'],
  depth: 2,
};
const gcloud: Cloud = {
  valued: [
    '--project',
    '--account',
    '--format',
    '--region',
    '--zone',
    '--verbosity',
    '--configuration',
    '--billing-project',
    '--impersonate-service-account',
    '--flags-file',
    '--access-token-file',
    '--log-http',
    '--filter',
    '--limit',
    '--cluster',
  ],
  flags: ['--quiet', '-q', '--no-user-output-enabled', '--log-http'],
  depth: undefined,
};
const az: Cloud = {
  valued: ['--subscription', '--output', '-o', '--query', '--resource-group', '-g', '--name', '-n'],
  flags: ['--debug', '--only-show-errors', '--verbose'],
  depth: undefined,
};

function cloud(settings: Cloud): ReadProgram {
  return (call) => {
    const { program, args } = call;
    const words = leadOf(args, settings);
    if (words?.length === 0) return [of(program, asksVersion(args) ? ['read'] : unknown, 'without an operation')];
    const operation = words === undefined ? undefined : operationOf(words, settings);
    const effects = operation === undefined ? undefined : effectsOf(operation);
    const doubts = argumentDoubts(program, args);
    if (words === undefined || effects === undefined)
      return [of(program, unknown, 'command that is not known', words), ...doubts];
    const rights = words.slice(0, -1).some((word) => ofRights.test(word)) && !effects.includes('read');
    const all: Effects = rights && !effects.includes('admin') ? [...effects, ...admin] : effects;
    const secret = words.some((word) => ofSecrets.test(word)) || (words.includes('secret') && effects.includes('read'));
    if (secret) return [of(program, effects, 'that gives out a secret', words), ...doubts];
    const saved =
      operation !== undefined && savesFile.test(operation) ? [of(program, write, 'that writes a file', words)] : [];
    return [of(program, all, nameOf(all), words), ...saved, ...doubts, ...storage(program, words, args)];
  };
}

/** Operations of `aws` that save what they get in a file. */
const savesFile =
  /^(get-object(-torrent)?|select-object-content|get-job-output|get-export|get-sdk|get-media\S*|get-clip|get-snapshot-block|get-raster-\S+)$/;
const asksVersion = (args: readonly string[]): boolean => args.every((word) => /^--?(version|help)$/.test(word));
const ofTop = new Set([
  'init',
  'info',
  'version',
  'help',
  'feedback',
  'rest',
  'interactive',
  'find',
  'upgrade',
  'login',
  'logout',
  'docker',
  'topic',
  'survey',
  'configure',
  'next',
  'self-test',
]);

/** The first word is a group, whose name may look like a verb: `gcloud run services list`. What follows is the operation. */
function operationOf(words: readonly string[], { depth }: Cloud): string | undefined {
  if (depth !== undefined) return words[depth - 1] ?? (words[0] === 'help' ? 'help' : undefined);
  const [first = '', ...others] = ['alpha', 'beta', 'preview'].includes(words[0] ?? '') ? words.slice(1) : words;
  if (others.length === 0 || ofTop.has(first)) return first;
  return others.find((word) => effectsOf(word) !== undefined);
}

function nameOf(effects: Effects): string {
  if (effects.includes('destroy')) return 'that deletes';
  if (effects.includes('admin')) return shown['admin'] ?? '';
  return shown[effects[0] ?? ''] ?? 'command that is not known';
}

function of(program: string, effects: Effects, what: string, words: readonly string[] = []): Act {
  return act('infrastructure', effects, `${program} ${what}`, {
    programs: [program],
    verbs: words.length === 0 ? [] : [words.join(' ')],
  });
}

/** The words before the first operand that is none: service, groups and operation. Undefined: not known before it runs. */
function leadOf(args: readonly string[], { valued, flags }: Cloud): readonly string[] | undefined {
  const words: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    if (valued.includes(word)) {
      at += 1;
      if (args[at]?.includes(someWords) === true && words.length < 2) return undefined;
    } else if (flags.includes(word) || valued.some((name) => word.startsWith(`${name}=`))) continue;
    // An option that is not known may have the next word as its value, and then that is not the operation.
    else if (mayBeOption(word)) return words.length < 2 ? undefined : words;
    else if (/^[a-z0-9][a-z0-9-]*$/.test(word)) words.push(word);
    else return words;
  }
  return words;
}

function effectsOf(operation: string): Effects | undefined {
  const whole = verbs.get(operation);
  if (whole !== undefined) return whole;
  const [first = '', second = ''] = operation.split('-');
  if (operation.startsWith('batch-')) return effectsOf(second);
  return verbs.get(first);
}

/** A file of the caller's may hold any argument, and an endpoint gets the credentials. */
function argumentDoubts(program: string, args: readonly string[]): readonly Act[] {
  const wary = args.some((word) =>
    /^--(cli-input-json|cli-input-yaml|flags-file|endpoint-url|impersonate-service-account|access-token-file|no-verify-ssl|ca-bundle)(=|$)/.test(
      word,
    ),
  );
  return wary ? [of(program, admin, 'with settings of the caller')] : [];
}

/** `aws s3 rm --recursive`, `sync --delete` and `rb --force`. */
function storage(program: string, words: readonly string[], args: readonly string[]): readonly Act[] {
  if (!['s3', 'storage', 's3api'].includes(words[0] ?? '')) return [];
  const deep = args.some((word) =>
    /^(--recursive|--delete|--force|-r|--delete-unmatched-destination-objects|--delete-destination)$/.test(word),
  );
  const gone =
    ['rm', 'rb', 'sync', 'mv', 'rsync'].includes(words[1] ?? '') || ['rm', 'rsync'].includes(words.at(-1) ?? '');
  if (deep && gone) return [of(program, ['write', 'destroy'], 'that deletes many objects', words)];
  return words[1] === 'presign' ? [of(program, admin, 'that changes rights', words)] : [];
}

/** `gsutil rm -r`: one verb, and the rest are names. */
const gsutil: ReadProgram = ({ args }) => {
  const word = args.find((arg) => !mayBeOption(arg)) ?? '';
  const table: Readonly<Record<string, Effects>> = {
    ls: ['read'],
    cat: ['read'],
    stat: ['read'],
    du: ['read'],
    hash: ['read'],
    version: ['read'],
    cp: write,
    mv: ['write', 'destroy'],
    rsync: ['write', 'destroy'],
    rm: ['write', 'destroy'],
    rb: ['write', 'destroy'],
    mb: write,
    iam: admin,
    acl: admin,
    defacl: admin,
  };
  const effects =
    Object.hasOwn(table, word) && args.every((arg) => isKnown(arg) || !mayBeOption(arg)) && !args.includes('-o')
      ? table[word]
      : undefined;
  return [
    of(
      'gsutil',
      effects ?? unknown,
      effects === undefined ? 'command that is not known' : nameOf(effects),
      effects === undefined ? [] : [word],
    ),
  ];
};

export const clouds: Programs = { aws: cloud(aws), gcloud: cloud(gcloud), az: cloud(az), gsutil };
