/** Luhn's check digit (ISO/IEC 7812-1) over a string of digits. */
function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const weighted = i % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

const cardPrefix =
  /^(?:4\d{12}(?:\d{3})?(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:50|5[6-9]|6[0379])\d{10,17})$/;

/** A payment card number: an issuer's prefix and length, and Luhn's digit; not one digit repeated. */
export function cardNumber(digits: string): boolean {
  return cardPrefix.test(digits) && luhn(digits) && !/^(\d)\1+$/.test(digits);
}

const ibanLengths: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 ' +
    'FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 ' +
    'LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 ' +
    'SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Characters an IBAN of this country has without spaces, or undefined. */
export function ibanLength(country: string): number | undefined {
  return ibanLengths[country];
}

/** An IBAN (ISO 13616): the country's length, and 97-10 check digits. Spaces are ignored. */
export function iban(text: string): boolean {
  const compact = text.replaceAll(/[ -]/g, '').toUpperCase();
  if (ibanLengths[compact.slice(0, 2)] !== compact.length) return false;
  let remainder = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (value > 9 ? remainder * 100 + value : remainder * 10 + value) % 97;
  }
  return remainder === 1;
}

/** A US social security number that can have been issued: no area 000, 666 or 9xx, no zero group or serial. */
export function socialSecurityNumber(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '');
  if (!/^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits)) return false;
  return !/^(\d)\1+$/.test(digits);
}

/** A Brazilian CPF: eleven digits, two of them check digits. */
export function cpf(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '');
  if (!/^\d{11}$/.test(digits) || /^(\d)\1+$/.test(digits)) return false;
  return [9, 10].every((length) => {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Number(digits[i]) * (length + 1 - i);
    return ((sum * 10) % 11) % 10 === Number(digits[length]);
  });
}

/** Shannon entropy in bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** A JSON Web Token (RFC 7519): the first part decodes to an object with `alg` or `enc`. */
export function jsonWebToken(text: string): boolean {
  const head = Buffer.from(text.slice(0, text.indexOf('.')), 'base64url').toString('utf8');
  return /^\s*\{/.test(head) && /"(?:alg|enc|typ|kid)"/.test(head);
}
