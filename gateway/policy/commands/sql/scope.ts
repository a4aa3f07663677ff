/** The names that a WITH gives to queries, as far as they are known where something stands, and those around it. */
export interface Scope {
  readonly names: ReadonlyMap<string, number>;
  /** Only the first so many are known here: a query of a WITH that is not recursive knows those before it. */
  readonly known: number;
  readonly outer: Scope | undefined;
}

/** PURE. Whether a name without schema means a query of a WITH; otherwise it is a table's. */
export function isQueryName(scope: Scope | undefined, name: string): boolean {
  for (let at = scope; at !== undefined; at = at.outer) {
    const position = at.names.get(name);
    if (position !== undefined && position < at.known) return true;
  }
  return false;
}
