import { maskCommand } from './mask.ts';
import { policyCommand } from './policy.ts';

interface Command {
  readonly summary: string;
  /** Returns the exit code. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  mask: { summary: 'mask secrets and personal data in what comes on standard input', run: maskCommand },
  policy: { summary: 'check configuration files the way a gateway does at start', run: policyCommand },
};

const help = `countersign COMMAND [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join('\n')}

countersign COMMAND --help tells more of each.
`;

const [name, ...args] = process.argv.slice(2);
const command = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name];
if (command !== undefined) {
  process.exitCode = await command.run(args);
} else if (name === undefined || name === '--help' || name === 'help') {
  process.stdout.write(help);
  process.exitCode = name === undefined ? 2 : 0;
} else {
  process.stderr.write(`countersign: there is no command "${name}". See countersign --help.\n`);
  process.exitCode = 2;
}
