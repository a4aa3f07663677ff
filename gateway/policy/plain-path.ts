/** Steps to here or up: `.` and `..` between slashes of either kind. */
const dotStep = /(?:^|[/\\])\.{1,2}(?:[/\\]|$)/;
/** Slashes that most readers take for one, other than those after a scheme (`file:///srv`, `https://host`). */
const doubleSlash = /^\/\/|[^:/]\/\/|:\/{4}/;
/** `%xx` that stands for a letter, a digit, a dot, a slash, a percent sign: nobody encodes these but to disguise them. */
const needlessEncoding = /%(?:2[def5]|3\d|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9ae])/i;

/**
 * PURE. Whether a path or URI names the place it seems to name. Globs compare text and resolve nothing, so
 * `/srv/public/../secret`, `/srv//secret` and `/srv/%73ecret` would slip into an allowance for `/srv/public/*` or past a
 * block of `/srv/secret*`; they are not judged instead. Symbolic links are the server's to know.
 */
export function isPlainPath(text: string): boolean {
  return !dotStep.test(text) && !doubleSlash.test(text) && !needlessEncoding.test(text);
}
