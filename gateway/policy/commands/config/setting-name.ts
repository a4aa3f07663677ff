import type { Json } from '../../../../workflows/contract/call.ts';

/**
 * PURE. One spelling for the name of a setting, its steps joined by dots: `/auth/mfa`, `auth.mfa`, `auth["mfa"]`,
 * `auth/mfa`, `AUTH__MFA` and `["auth", "mfa"]` are one. Undefined: it can be read in two ways, as `a..b` can.
 */
export function settingName(path: Json): string | undefined {
  if (Array.isArray(path)) {
    const steps = path.map((step) =>
      typeof step === 'string' ? stepsOf(step) : typeof step === 'number' ? [String(step)] : undefined,
    );
    return steps.length > 0 && steps.every((step) => step !== undefined) ? joined(steps.flat()) : undefined;
  }
  return typeof path === 'string' ? joined(stepsOf(path)) : undefined;
}

/** A dot inside a step is a dot for whoever splits the name again, so it is one here. */
function stepsOf(text: string): readonly string[] {
  const pointer = text.startsWith('/');
  const bare = (pointer ? text.slice(1) : text).replace(/^\$\.?/, '');
  const unescaped = pointer ? bare.replaceAll('~1', '/').replaceAll('~0', '~') : bare;
  return unescaped.replaceAll(/\[\s*(["']?)([^\]"']*)\1\s*\]/g, '.$2').split(/__|[./:]/);
}

function joined(steps: readonly string[]): string | undefined {
  const plain = steps.length > 0 && steps.every((step) => /^[^\s[\]"'\\*?%\p{C}]+$/u.test(step));
  return plain ? steps.join('.').normalize('NFKC').toLowerCase() : undefined;
}
