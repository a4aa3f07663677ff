import type { Dialect } from '../../command.ts';

/**
 * PURE. Why servers may cut a text into other words than the parser does; undefined: nothing in it is ambiguous. What a
 * quote, a comment or a bracket is depends on the server and on its settings, and a text that one reader takes for a
 * literal is a statement for another. Literals are not looked into first: that would decide the very question.
 */
export function ambiguityOf(dialect: Dialect, text: string): string | undefined {
  if (/\/\*M?!/.test(text)) return 'a comment that MySQL runs';
  if (hasNestedComment(text)) return 'a comment within a comment';
  // MySQL's NO_BACKSLASH_ESCAPES, and servers that never had such escapes.
  if (/\\['"`]/.test(text)) return 'a backslash before a quote';
  if (dialect === 'sql' && /--(?![\s]|$)|#|\/\/|\[|\$\w*\$/.test(text)) return 'a sign that servers read differently';
  if (dialect === 'mssql' && /^[ \t]*go\b/im.test(text)) return 'GO, which ends a batch';
  return undefined;
}

function hasNestedComment(text: string): boolean {
  for (let start = text.indexOf('/*'); start >= 0;) {
    const end = text.indexOf('*/', start + 2);
    const inner = text.indexOf('/*', start + 2);
    if (inner >= 0 && (end < 0 || inner < end)) return true;
    start = inner;
  }
  return false;
}

/** Words that begin a statement in T-SQL, where nothing need stand between two. None of them is a name unless quoted. */
const beginnings = new Set(
  `alter backup begin break bulk checkpoint close commit continue create dbcc deallocate declare delete deny drop
  dump exec execute fetch go goto grant if insert kill load merge open print raiserror readtext reconfigure restore
  return revert revoke rollback save set setuser shutdown throw truncate update updatetext use waitfor while
  writetext`.split(/\s+/),
);

/** PURE. Whether a name that is not quoted begins another statement: `SELECT 1 SHUTDOWN` are two of them. */
export function beginsStatement(dialect: Dialect, name: string): boolean {
  return dialect === 'mssql' && beginnings.has(name.toLowerCase());
}
