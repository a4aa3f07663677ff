import type { Programs } from '../invocation.ts';
import { administration } from './administration.ts';
import { builtins } from './builtins.ts';
import { containers } from './containers.ts';
import { databases } from './databases.ts';
import { databaseTools } from './database-tools.ts';
import { downloads } from './downloads.ts';
import { finders } from './find.ts';
import { interpreters } from './interpreters.ts';
import { packages } from './packages.ts';
import { otherUsers } from './other-users.ts';
import { readers } from './readers.ts';
import { runners } from './runners.ts';
import { services } from './services.ts';
import { shells } from './shells.ts';
import { remotes } from './ssh.ts';
import { archives } from './tar.ts';
import { versions } from './git.ts';
import { wrappers } from './wrappers.ts';
import { writers } from './writers.ts';
import { clouds } from '../../infrastructure/clouds.ts';
import { helm } from '../../infrastructure/helm.ts';
import { terraform } from '../../infrastructure/terraform.ts';
import { kubectl } from '../../kubernetes/kubectl.ts';

/** Every program of which it is known what it does. Any other is unknown, whatever its name promises. */
export const programs: ReadonlyMap<string, (typeof readers)[string]> = new Map(
  Object.entries({
    ...interpreters,
    ...administration,
    ...services,
    ...readers,
    ...writers,
    ...archives,
    ...finders,
    ...downloads,
    ...packages,
    ...databases,
    ...databaseTools,
    ...containers,
    ...versions,
    ...builtins,
    ...wrappers,
    ...otherUsers,
    ...runners,
    ...remotes,
    ...shells,
    ...clouds,
    helm,
    terraform,
    tofu: terraform,
    terragrunt: terraform,
    kubectl,
    oc: kubectl,
    k: kubectl,
  } satisfies Programs),
);
