import type { Fields } from '../told.ts';

/** PURE. The parts of a name: `[{Identifier: {value, quote_style}}]`, in lower case where it was not quoted. */
export function nameParts(name: unknown): readonly string[] {
  if (!Array.isArray(name)) return [];
  return (name as readonly unknown[]).flatMap((part) => {
    const { Identifier: identifier } = (part ?? {}) as { readonly Identifier?: Fields };
    const value = identifier?.['value'];
    if (typeof value !== 'string') return [];
    return [typeof identifier?.['quote_style'] === 'string' ? value : value.toLowerCase()];
  });
}

/** Where statements have the names of what they are about. */
const nameFields = ['name', 'names', 'table_name', 'table_names', 'into', 'obj_name', 'schema_name', 'db_name'];

/** PURE. What a statement is about: one name, a list of them, or a list of objects with names. */
export function namesOf(fields: Fields): readonly string[] {
  return nameFields.flatMap((field) => {
    const value = fields[field];
    if (!Array.isArray(value)) return [];
    const own = nameParts(value);
    if (own.length > 0) return [own.join('.')];
    return (value as readonly unknown[])
      .map((one) => nameParts(Array.isArray(one) ? one : ((one ?? {}) as Fields)['name']).join('.'))
      .filter((name) => name !== '');
  });
}
