import { priorities } from './rules/rule.ts';
import type { Finder } from './spans.ts';

const localUnitsMax = 64;
const domain =
  /@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}(?:[A-Za-z]{2,24}|xn--[a-z0-9-]{2,40})(?![A-Za-z0-9_-])/y;
const fileEndings =
  /\.(?:png|jpe?g|gif|svg|webp|ico|js|mjs|cjs|ts|tsx|jsx|json|css|scss|map|html|md|lock|ya?ml|tgz|zip|whl|jar)$/i;
const userinfo = /:\/\/[^\s/@]{0,200}$/;

/** Mail addresses (the dot-atom form of RFC 5322), with file names, package versions and remotes left alone. */
export const emailFinder: Finder = {
  id: 'email',
  anchors: ['@'],
  open(text, add) {
    return (at) => {
      let start = at;
      while (start > 0 && at - start < localUnitsMax && isLocal(text.charCodeAt(start - 1))) start--;
      while (start < at && text[start] === '.') start++;
      if (text[start - 1] === '\\' && /[nrt]/.test(text[start] ?? '')) start++;
      if (start === at || text[at - 1] === '.') return;
      domain.lastIndex = at;
      const match = domain.exec(text);
      if (match === null || fileEndings.test(match[0])) return;
      const end = at + match[0].length;
      if (text.slice(start, at) === 'git' && (text[end] === ':' || text[end] === '/')) return;
      if (userinfo.test(text.slice(Math.max(0, start - 210), start))) return;
      add({ start, end, entity: 'email', rule: 'email', priority: priorities.contact });
    };
  },
};

function isLocal(unit: number): boolean {
  const lower = unit | 0x20;
  if ((lower >= 0x61 && lower <= 0x7a) || (unit >= 0x30 && unit <= 0x39)) return true;
  return unit === 0x2e || unit === 0x5f || unit === 0x25 || unit === 0x2b || unit === 0x2d || unit === 0x27;
}
