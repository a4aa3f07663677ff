import { priorities } from './rules/rule.ts';
import type { Finder } from './spans.ts';

const anchorUnitsMax = 32;
/** Shorter base64 would be found in unrelated text. */
const encodedBytesMin = 9;

/** How secrets that the gateway itself holds may be written: as they are, in base64, and in URLs. */
export function knownForms(secrets: readonly string[]): Set<string> {
  return new Set(secrets.filter((secret) => secret !== '').flatMap(writtenForms));
}

/** Finds known forms wherever they stand, whatever they look like. */
export function knownSecretFinders(forms: ReadonlySet<string>): Finder[] {
  return [...forms].map((form) => ({
    id: 'known_secret',
    anchors: [form.slice(0, anchorUnitsMax)],
    open: (text, add) => (start) => {
      if (!text.startsWith(form, start)) return;
      const priority = priorities.known;
      add({ start, end: start + form.length, entity: 'known_secret', rule: 'known_secret', priority });
    },
  }));
}

/** Whether bytes hold a secret as it is. Short ones are not looked for: they stand in any large binary by chance. */
export function knownBytesFinder(secrets: readonly string[]): (bytes: Buffer) => boolean {
  const sought = secrets.map((secret) => Buffer.from(secret)).filter((secret) => secret.length >= encodedBytesMin);
  return (bytes) => sought.some((secret) => bytes.includes(secret));
}

function writtenForms(secret: string): string[] {
  const forms = [secret];
  if (encodeURIComponent(secret.toWellFormed()) !== secret) forms.push(encodeURIComponent(secret.toWellFormed()));
  const bytes = Buffer.from(secret);
  if (bytes.length < encodedBytesMin) return forms;
  // The base64 of the middle of a text depends on its position modulo 3; the first and last digit mix with neighbours.
  for (const lead of [0, 1, 2]) {
    const digits = Buffer.concat([Buffer.alloc(lead), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const tail = (lead + bytes.length) % 3 === 0 ? digits.length : digits.length - 1;
    const inner = digits.slice(lead === 0 ? 0 : lead + 1, tail);
    forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}
