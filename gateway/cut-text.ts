/** PURE. At most so many UTF-16 units, and never half a character at the end, which JSON could not hold. */
export function cutText(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1).toWellFormed()}…`;
}
