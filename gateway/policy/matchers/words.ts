const shownMax = 3;

/** PURE. What a rule names, for people: `a, b or c`, of many the first few. */
export function oneOf(names: readonly string[]): string {
  const shown = names.slice(0, shownMax);
  if (names.length > shownMax) return `${shown.join(', ')} or ${names.length - shownMax} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1) ?? ''}`;
}
