import type { Deliverer } from '../delivery/deliverer.ts';
import type { Faults } from '../faults.ts';
import type { Workspace } from '../workspace.ts';

export interface SimApiParts {
  readonly workspace: Workspace;
  readonly deliverer: Deliverer;
  readonly faults: Faults;
  readonly publicUrl: string | undefined;
  readonly reactionMsMax: number;
}
