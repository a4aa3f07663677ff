/** Longer pointers name an enclosing value instead, so that a message cannot make its own report outgrow memory. */
const pathUnitsMax = 256;
const indexUnits = 8;

/** The way to a value: a linked list, so that a pointer is only spelled out for what is reported. */
export interface Path {
  readonly parent: Path | undefined;
  /** A masked key is replaced here too: pointers are those of the masked text. Undefined: too long, see the parent. */
  step: string | number | undefined;
  readonly units: number;
  /** Its pointer, once asked for; by then the keys above it are masked. */
  spelled: string | undefined;
}

export const rootPath: Path = { parent: undefined, step: undefined, units: 0, spelled: '' };

/** The path of a member; beyond the limit, one path stands for everything inside its parent. */
export function memberPath(parent: Path, step: string | number): Path {
  if (parent.units > pathUnitsMax) return parent;
  const units = parent.units + 1 + (typeof step === 'string' ? step.length : indexUnits);
  return { parent, step: units > pathUnitsMax ? undefined : step, units, spelled: undefined };
}

/** RFC 6901. */
export function pointerOf(path: Path): string {
  const chain: Path[] = [];
  let at = path;
  while (at.spelled === undefined && at.parent !== undefined) {
    chain.push(at);
    at = at.parent;
  }
  let pointer = at.spelled ?? '';
  for (const link of chain.reverse()) {
    if (link.step !== undefined) pointer += `/${escaped(link.step)}`;
    link.spelled = pointer;
  }
  return pointer;
}

function escaped(step: string | number): string {
  return typeof step === 'string' && /[~/]/.test(step)
    ? step.replaceAll('~', '~0').replaceAll('/', '~1')
    : String(step);
}
