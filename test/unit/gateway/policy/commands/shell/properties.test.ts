import { expect, test } from 'vitest';
import type { Act, Effect } from '../../../../../../gateway/policy/commands/command.ts';
import { readShell } from '../../../../../../gateway/policy/commands/shell/read-shell.ts';
import { randomFrom } from '../../../masking/random.ts';
import { dangerous } from './dangerous.ts';
import { asking, harmless } from './harmless.ts';

/** What must stay what it is, whatever is put around it. */
const inner = [
  'rm -rf x',
  'dd if=a of=/dev/sda',
  'chmod 777 f',
  'kubectl delete ns prod',
  'helm uninstall web',
  'terraform destroy',
  'aws ec2 terminate-instances --instance-ids i-1',
  'git push --force origin main',
  'curl -X DELETE https://x/1',
  'systemctl stop nginx',
  'cp a b',
  'python3 -c 1',
  'frobnicate',
  'find . -delete',
  'sed -i s/a/b/ f',
  'npm install',
];

type Random = (limit: number) => number;
type Wrap = (command: string, random: Random) => string;

/** Before a simple command, and it stays one. */
const before: readonly Wrap[] = [
  'sudo',
  'sudo -n -u root --',
  'env',
  'env -i A=1',
  'A=1 B="2 3"',
  'timeout 5',
  'timeout -s KILL --foreground 5m',
  'nice',
  'nice -n 5',
  'ionice -c 3',
  'nohup',
  'stdbuf -oL',
  'setsid -w',
  'command',
  'command -p',
  'exec',
  'exec -a x',
  'time',
  'time -p',
  '! ',
  'watch -x',
  'flock /tmp/l',
  'chroot /mnt',
  'busybox',
  'builtin command',
  'strace -f',
  'unbuffer',
  'docker exec -i web',
  'docker run --rm alpine',
  'kubectl exec web-0 -n a --',
  'nsenter -t 1 -m',
  'doas',
  'taskset 1',
  'xargs -r',
  'find . -exec',
  '2>/dev/null',
  '</dev/null',
].map(
  (prefix): Wrap =>
    (command) =>
      `${prefix} ${command}${prefix.startsWith('find') ? ' \\;' : ''}`,
);

/** Around any command, as a text for another shell. */
const asText: readonly Wrap[] = [
  'bash -c',
  'sh -ec',
  'bash -o pipefail -c',
  'sudo bash -c',
  'eval',
  'su root -c',
  'ssh web',
  'ssh -p 22 a@web',
  'watch',
  'flock /tmp/l -c',
  'env -S',
  'docker exec web sh -c',
  'kubectl exec web-0 -- sh -c',
  'xargs sh -c',
  'trap --',
].map(
  (prefix): Wrap =>
    (command, random) =>
      `${prefix} ${quoted(command, random)}${prefix.startsWith('trap') ? ' EXIT' : ''}`,
);

/** Around any command, in the same shell. */
const around: readonly Wrap[] = [
  (command) => `(${command})`,
  (command) => `{ ${command}\n}`,
  (command) => `ls; ${command}`,
  (command) => `ls && ${command}`,
  (command) => `ls || ${command}`,
  (command) => `${command} & ls`,
  (command) => `ls | ${command}`,
  (command) => `echo $( ${command})`,
  (command) => `echo "$( ${command})"`,
  (command) => `x=$( ${command}\n)`,
  (command) => `cat <( ${command}\n)`,
  (command) => `ls > >( ${command}\n)`,
  (command) => `if ${command}\nthen ls; fi`,
  (command) => `if ls; then ${command}\nfi`,
  (command) => `for i in a b; do ${command}\ndone`,
  (command) => `while ls; do ${command}\ndone`,
  (command) => `case a in a) ${command}\n;; esac`,
  (command) => `f() { ${command}\n}; f`,
  (command) => `[[ -f $( ${command}\n) ]]`,
  (command) => `echo "\${x:-$( ${command}\n)}"`,
  (command) => `echo $((1 + $( ${command}\n)))`,
  (command) => `bash <<'END_OF_IT'\n${command}\nEND_OF_IT`,
  (command, random) => `bash <<< ${quoted(command, random)}`,
  (command, random) => `printf %s ${quoted(command, random)} | sh`,
];

function pick<T>(list: readonly T[], random: Random): T {
  const found = list[random(list.length)];
  if (found === undefined) throw new Error('an empty list has nothing to pick');
  return found;
}

function quoted(text: string, random: Random): string {
  if (!text.includes('END_OF_IT')) {
    const way = random(3);
    if (way === 0) return `"${text.replaceAll(/[\\"$`]/g, '\\$&')}"`;
    if (way === 1) {
      return `$'${text
        .split('')
        .map((letter) =>
          /[\w ]/.test(letter) && random(4) > 0 ? letter : `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`,
        )
        .join('')}'`;
    }
  }
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Spells words in another way that a shell undoes. */
function disguised(command: string, random: Random): string {
  return command.replaceAll(/\S+/g, (word) => {
    if (!/^[\w./:-]+$/.test(word)) return word;
    return word
      .split('')
      .map((letter) => {
        if (random(4) > 0) return letter;
        return (
          [`'${letter}'`, `"${letter}"`, `\\${letter}`, `$'\\x${letter.charCodeAt(0).toString(16)}'`, `''${letter}`][
            random(5)
          ] ?? letter
        );
      })
      .join('');
  });
}

const effectsOf = (acts: readonly Act[]): ReadonlySet<Effect> => new Set(acts.flatMap(({ effects }) => effects));

test('a dangerous command stays one in any composition of wrappers, nesting and quotes', () => {
  const random = randomFrom(6);
  for (let round = 0; round < 4000; round += 1) {
    const command = pick(inner, random);
    let text = disguised(command, random);
    let simple = true;
    const depth = random(5);
    for (let level = 0; level < depth; level += 1) {
      const kind = random(simple ? 3 : 2);
      const wrap = pick(kind === 0 ? around : kind === 1 ? asText : before, random);
      text = wrap(text, random);
      simple = kind !== 0;
    }
    const effects = effectsOf(readShell(text));
    const kept = [...effectsOf(readShell(command))].every((effect) => effects.has(effect));
    if (!kept && !effects.has('unknown')) expect.fail(`${JSON.stringify(text)} reads as ${[...effects].join(' ')}`);
    if (depth < 3 && !kept && text.length < 200) expect(effects, JSON.stringify(text)).toContain('unknown');
  }
});

test('whatever comes, something is told, nothing is thrown and no text of the caller is in it', () => {
  const random = randomFrom(66);
  const pieces = [...harmless, ...asking, ...dangerous.map(([text]) => text)].flatMap((text) =>
    text.split(/(?<=\W)|(?=\W)/),
  );
  const constructs = new Set<string>();
  for (let round = 0; round < 6000; round += 1) {
    const text = Array.from({ length: 1 + random(24) }, () => (random(12) === 0 ? 'zqxj' : pick(pieces, random))).join(
      random(2) === 0 ? '' : ' ',
    );
    const acts = readShell(random(8) === 0 ? text.split(' ') : text);
    if (acts.length === 0 || acts.some(({ effects }) => effects.length === 0)) expect.fail(JSON.stringify(text));
    for (const { construct } of acts) constructs.add(construct);
  }
  expect([...constructs].filter((construct) => construct.includes('zqxj'))).toEqual([]);
});

test('what follows a harmless text and cannot be parsed, or cut off, is never read as harmless', () => {
  for (const text of harmless) {
    for (const broken of ['"', "'", '$(', '${', '(', '&&', 'if', '; done']) {
      const effects = effectsOf(readShell(`${text.replace(/#.*/, '')}\n${broken}`));
      if (!effects.has('unknown')) expect.fail(`${text} ${broken}`);
    }
  }
});
