/** Longer pointers name an enclosing value instead, so that a message cannot make its own report outgrow memory. */
const pathUnitsMax = 256;
const indexUnits = 8;

/** The way to a value: a linked list, so that a pointer is only spelled out for what is reported. */
export interface Path {
  readonly parent: Path | undefined;
  /** A masked key is replaced here too: pointers are those of the masked text. Undefined: too long, see the parent. */
  step: string | number | undefined;
  readonly units: number;
}

export const rootPath: Path = { parent: undefined, step: undefined, units: 0 };

/** The path of a member; beyond the limit, one path stands for everything inside its parent. */
export function memberPath(parent: Path, step: string | number): Path {
  if (parent.units > pathUnitsMax) return parent;
  const units = parent.units + 1 + (typeof step === 'string' ? step.length : indexUnits);
  return units > pathUnitsMax ? { parent, step: undefined, units } : { parent, step, units };
}

/** RFC 6901. */
export function pointerOf(path: Path): string {
  let pointer = '';
  for (let at: Path | undefined = path; at !== undefined; at = at.parent) {
    if (at.step === undefined) continue;
    pointer = `/${String(at.step).replaceAll('~', '~0').replaceAll('/', '~1')}${pointer}`;
  }
  return pointer;
}
