import { oncePer } from '../once-per.ts';
import type { Config, Connection } from './config.ts';

/** What is asked of a configuration for every message, and made of it once. */

const connectionsByName = oncePer(
  ({ connections }: Pick<Config, 'connections'>) => new Map(connections.map((each) => [each.name, each])),
);

export function connectionOf(config: Pick<Config, 'connections'>, name: string): Connection | undefined {
  return connectionsByName(config).get(name);
}

/** The address by which callers reach this gateway. */
export const publicAddress = oncePer(({ publicUrl }: Pick<Config, 'publicUrl'>) => new URL(publicUrl));
