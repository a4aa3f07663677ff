#!/usr/bin/env node
import process from 'node:process';

interface Subcommand {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Resolves to the exit code. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

/** Loaded when called, so that one command neither waits for another's parts nor fails with them. */
const subcommands: Readonly<Record<string, Subcommand>> = {
  mask: {
    summary: 'mask secrets and personal data in text from standard input',
    run: async (args) => (await import('./mask.ts')).maskCommand(args),
  },
  tools: {
    summary: 'look at the tools of MCP servers, and accept a changed definition',
    run: async (args) => (await import('./tools.ts')).toolsCommand(args, process.env),
  },
  pause: {
    summary: 'stop a connection, a caller or everything at once, on all gateways',
    run: async (args) => (await import('./pause.ts')).pauseCommand(args, process.env),
  },
  resume: {
    summary: 'lift a pause',
    run: async (args) => (await import('./pause.ts')).resumeCommand(args, process.env),
  },
  policy: {
    summary: 'check configuration files the way a gateway does',
    run: async (args) => (await import('./policy.ts')).policyCommand(args),
  },
};

const exitCodes = { failed: 1, wrongCall: 2 } as const;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h') {
    (name === undefined ? process.stderr : process.stdout).write(overview());
    return name === undefined ? exitCodes.wrongCall : 0;
  }
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (subcommand === undefined) {
    process.stderr.write(`There is no command "${name}". Run "countersign --help" for the list.\n`);
    return exitCodes.wrongCall;
  }
  try {
    return await subcommand.run(rest);
  } catch (error) {
    process.stderr.write(`countersign ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodes.failed;
  }
}

function overview(): string {
  const lines = Object.entries(subcommands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return `countersign COMMAND\n\n${lines.join('\n')}\n\nRun "countersign COMMAND --help" for one of them.\n`;
}

// A reader such as `head` that has enough is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : exitCodes.failed),
);
process.exitCode = await main(process.argv.slice(2));
