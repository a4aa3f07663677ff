import { isIPv6 } from 'node:net';
import { priorities } from './rules/rule.ts';
import type { Finder } from './spans.ts';

const addressUnitsMax = 45;
const groupsMin = 3;

/** IPv6 addresses (RFC 4291) that name a machine: not loopback or link-local, nor hardware addresses in pairs. */
export const ipv6Finder: Finder = {
  id: 'ipv6',
  anchors: [':'],
  open(text, add) {
    let done = 0;
    return (at) => {
      if (at < done || !isAddressUnit(text.charCodeAt(at - 1)) || !isAddressUnit(text.charCodeAt(at + 1))) return;
      let start = at;
      while (start > done && at - start < addressUnitsMax && isAddressUnit(text.charCodeAt(start - 1))) start--;
      let end = at;
      while (end < text.length && end - start <= addressUnitsMax && isAddressUnit(text.charCodeAt(end))) end++;
      done = end;
      while (end > start && /[.:]/.test(text[end - 1] ?? '') && !text.startsWith('::', end - 2)) end--;
      if (/[\w.:]/.test(text[start - 1] ?? ' ') || /\w/.test(text[end] ?? ' ')) return;
      if (!namesMachine(text.slice(start, end))) return;
      add({ start, end, entity: 'ip_address', rule: 'ipv6', priority: priorities.contact });
    };
  },
};

function isAddressUnit(unit: number): boolean {
  const lower = unit | 0x20;
  return (unit >= 0x30 && unit <= 0x3a) || (lower >= 0x61 && lower <= 0x66) || unit === 0x2e;
}

function namesMachine(address: string): boolean {
  const groups = address.split(':').filter((group) => group !== '');
  if (groups.length < groupsMin || groups.every((group) => group.length === 2)) return false;
  return /\d/.test(address) && !/^fe[89ab]/i.test(address) && isIPv6(address);
}
