/** PURE. What a terminal would obey is shown instead: names and notes are other people's words. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) => {
    return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** PURE. JSON over several lines, printable. */
export function prettyJson(text: string): string {
  return JSON.stringify(JSON.parse(text), undefined, 2).split('\n').map(printable).join('\n');
}
