import { parseArgs } from 'node:util';
import { DEFAULT_PORT_BASE } from './ports.ts';

/** What `npm start` and `npm run tour` understand. */
export interface StartOptions {
  readonly portBase: number;
  readonly fresh: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
  readonly configFile?: string;
}

export const startHelp = `
  --config FILE     adds the connections, approvers and rules of FILE to the samples
  --fresh           drops the data of earlier runs first
  --port-base N     moves all ports to N and above (or COUNTERSIGN_PORT_BASE; ${String(DEFAULT_PORT_BASE)} unless told)
  --quiet           prints only what goes wrong
  --help            prints this

Environment: DATABASE_URL and TEMPORAL_ADDRESS use servers of yours instead of starting some;
COUNTERSIGN_HOME moves the folder of data, logs and world.json (.countersign unless told).
`;

/** Throws with one sentence when an option is not understood. */
export function readStartOptions(args: readonly string[], env: NodeJS.ProcessEnv): StartOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      'port-base': { type: 'string' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const base = values['port-base'] ?? env['COUNTERSIGN_PORT_BASE'] ?? String(DEFAULT_PORT_BASE);
  if (!/^\d+$/.test(base)) throw new Error(`--port-base takes a number, not "${base}".`);
  return {
    portBase: Number(base),
    fresh: values.fresh,
    quiet: values.quiet,
    help: values.help,
    ...(values.config === undefined ? {} : { configFile: values.config }),
  };
}
