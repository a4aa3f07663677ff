import type { NameStrength } from './secret-names.ts';
import { isMarker } from './spans.ts';
import { entropy } from './validators.ts';

const placeholder = new RegExp(
  '^(?:' +
    [
      '<[^>]*>?',
      String.raw`\$.*`,
      String.raw`#?\{.*`,
      String.raw`%[\w(].*`,
      String.raw`\*+`,
      '[xX]{3,}',
      '[.…]+',
      '[-_?]+',
      '0+',
      String.raw`\[.*\]`,
      String.raw`(?:your|my|some|the|any|new|old|this)(?:[_ -].*)?`,
      String.raw`your\w*`,
      'example.*',
      'sample.*',
      'dummy.*',
      'fake.*',
      'placeholder.*',
      'change[_-]?(?:me|it).*',
      'redacted',
      'masked',
      'hidden',
      'omitted',
      'none',
      'null',
      'nil',
      'true',
      'false',
      'yes',
      'no',
      'undefined',
      'todo',
      'tbd',
      'n/?a',
      'string|str|text|number|int|integer|bool|boolean|any|object|char|bytes?|varchar.*|void|unknown|secretstr|option.*|optional.*|required.*|default|empty|unset|missing|invalid|valid|expired|incorrect|correct|wrong|weak|strong',
      'password|passwd|secret|token|key|api[_-]?key|access[_-]?key|private[_-]?key|client[_-]?secret',
      '(?:enter|insert|replace|paste|put|set|add|type)[_ -].*',
      String.raw`.*[_-]here`,
      'env[:.].*',
      'file:.*',
      'op://.*',
      'vault:.*',
      'arn:.*',
      'ref\\+.*',
      'secretref.*',
      '!\\w+.*',
      '@microsoft\\.keyvault.*',
      String.raw`(?:process|os|import\.meta)\.env.*`,
    ].join('|') +
    ')$',
  'is',
);
const codeChain = /^[A-Za-z_$][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]*)+$/;
const address = /^(?:[a-z][a-z0-9+.-]{1,15}:\/\/|\.{0,2}\/[\w.-]+\/|~\/|[A-Z]:\\)/i;
const digest =
  /^(?:sha(?:1|256|384|512)[-:].*|[a-f0-9]{32}|[a-f0-9]{40}|[a-f0-9]{64}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/i;
const encodedFile = /^(?:iVBORw0KGgo|\/9j\/|R0lGOD|UklGR|JVBERi0|data:|ssh-|-----)/;

const secretUnitsMin = 8;
/** Random letters change case far more often than words do. */
const identifierWordUnitsMin = 3.2;
const hintUnitsMin = 16;
const hintEntropyBits = 3;

/**
 * Where a value stands decides how much its shape must prove: a JSON field's whole value nothing, a string that only
 * follows the name in a list of strings (`listed`) the most.
 */
export type ValueSetting = 'field' | 'quoted' | 'listed' | 'bare';

/** Whether a value with a telling name is a secret and not a placeholder, a type, code, or a reference to a secret. */
export function looksSecret(value: string, strength: NameStrength, setting: ValueSetting): boolean {
  if (value === '' || isMarker(value) || placeholder.test(value.trim())) return false;
  if (strength === 'password') return looksPassword(value, setting);
  if (/\s/.test(value) || address.test(value) || value.length < secretUnitsMin) return false;
  if (setting === 'bare' && codeChain.test(value) && !/\d{2}/.test(value)) return false;
  if (strength === 'hint') return looksRandom(value);
  if (/^\d+$/.test(value)) return setting === 'field' && value.length >= 16;
  if (setting === 'bare' && isIdentifier(value)) return false;
  if (/\d/.test(value)) return !/^v?\d+(?:\.\d+)+$/.test(value) && !/^\d{4}-\d\d-\d\d/.test(value);
  if (setting === 'field') return value.length >= secretUnitsMin;
  return (
    value.length >= 20 && /[a-z]/.test(value) && /[A-Z]/.test(value) && entropy(value) >= 3.5 && !isIdentifier(value)
  );
}

/** Whole words in camel case, as code names things: `Uint8Array`, `taskTokenOrFullActivityId`. */
function isIdentifier(value: string): boolean {
  if (!/^[A-Za-z_$]\w*$/.test(value) || /\d\D+\d/.test(value)) return false;
  const words = value.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g) ?? [];
  return value.length / words.length >= identifierWordUnitsMin;
}

function looksPassword(value: string, setting: ValueSetting): boolean {
  if (/^(?:\.{0,2}\/[\w.-]+\/|https?:\/\/[^@]*$)/.test(value)) return false;
  if (setting === 'field') return !/^[\^~]?v?\d+\.\d+\.\d+$/.test(value);
  if (value.length < 4 || codeChain.test(value) || /^[\w.]+\(.*\)?$/.test(value)) return false;
  if (setting === 'quoted') return !/\s/.test(value) || (/\d/.test(value) && value.split(/\s+/).length <= 4);
  return !/\s/.test(value) && (/\d/.test(value) || /[^\w\s.-]/.test(value));
}

function looksRandom(value: string): boolean {
  if (value.length < hintUnitsMin || value.length > 400) return false;
  if (!/^[\w.~+/=:-]+$/.test(value) || !/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  if (digest.test(value) || encodedFile.test(value) || /^\d{4}-\d\d-\d\d/.test(value)) return false;
  const words = value.split(/[_.:/-]+/).filter((part) => /^[a-z]+$|^[A-Z]+$|^[A-Z][a-z]+$/.test(part));
  return words.length < 2 && entropy(value) >= hintEntropyBits;
}
