import type { NameStrength } from './secret-names.ts';
import { cardNumber, cpf, socialSecurityNumber } from './validators.ts';

const cpfDigits = 11;
const socialSecurityDigits = 9;

/**
 * The entity that a JSON number gives away, if any. `topic` is its field's name in lower-case words. What is found is
 * replaced by 0, which keeps the type; digits of the same length would pass for a real number.
 */
export function numberSecret(written: string, topic: string, strength: NameStrength | undefined): string | undefined {
  const literal = plainDigits(written);
  if (!/^\d{1,19}$/.test(literal)) return undefined;
  if (strength === 'password' && !/\bpass$/.test(topic)) return literal.length >= 4 ? 'password' : undefined;
  if (/\b(?:ssn|social security)\b/.test(topic) && socialSecurityNumber(literal.padStart(socialSecurityDigits, '0')))
    return 'us_ssn';
  if (/\bcpf\b/.test(topic) && cpf(literal.padStart(cpfDigits, '0'))) return 'br_cpf';
  if (!cardNumber(literal)) return undefined;
  if (/\b(?:card|cc|pan|credit|debit)\b/.test(topic)) return 'credit_card';
  // Identifiers and times are long numbers too, and one in ten passes the check digit.
  const isIdentifier =
    /(?:\bid|\bids|\bat|time|timestamp|\bns|\bus|\bms|nanos|micros|offset|sequence|version|size|bytes)$/.test(topic);
  return (literal.length === 15 || literal.length === 16) && !isIdentifier ? 'credit_card' : undefined;
}

/** A whole number without sign, fraction and exponent: `4.1e15` and `-4100000000000000.0` are read like any other. */
function plainDigits(written: string): string {
  if (/^\d+$/.test(written)) return written;
  const value = Math.abs(Number(written));
  return Number.isSafeInteger(value) ? String(value) : written;
}
