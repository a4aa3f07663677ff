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

/** PURE. What each query of a WITH knows, by the names that it gives them in order, and what whatever follows it knows. */
export function scopesOf(names: readonly string[], recursive: boolean, outer: Scope | undefined) {
  const after: Scope = { names: new Map(names.map((name, position) => [name, position])), known: names.length, outer };
  return { after, queries: names.map((_name, position) => (recursive ? after : { ...after, known: position })) };
}
