import type { Caller } from '../../../workflows/contract/call.ts';
import type { ClaimFile, RuleFile } from '../../config/rule-schema.ts';
import { compileGlobs, type Glob } from '../glob.ts';
import type { ForRule, Matcher } from './matcher.ts';
import { oneOf } from './words.ts';

/** `claims`: who the caller is. Emails are compared generously by every rule. */
export function claimMatchers({ claims = {} }: RuleFile['match'], rule: ForRule): Matcher[] {
  return Object.entries(claims).map(([claim, file]) => matchClaim(claim, file, rule));
}

function matchClaim(claim: string, file: ClaimFile, rule: ForRule): Matcher {
  const reading = claim === 'email' ? 'generous' : rule.reading;
  const one = (glob: string): Glob => compileGlobs([glob], reading);
  const patterns = typeof file === 'string' ? [file] : 'any' in file ? file.any : file.all;
  const globs = patterns.map(one);
  const everyGlob = typeof file !== 'string' && 'all' in file;
  const fits = (caller: Caller): boolean => {
    const values = claimValues(claim, caller);
    const held = (glob: Glob): boolean => values.some((value) => glob(value));
    return everyGlob ? globs.every(held) : globs.some(held);
  };
  const many = claim === 'groups' || claim === 'actors';
  return {
    name: `claims.${claim}`,
    needsCall: false,
    fits: ({ caller }) => fits(actingFor(caller, rule)),
    says: ({ caller }, fitting) => {
      if (claimValues(claim, actingFor(caller, rule)).length === 0) return `the caller has no ${claim}`;
      const wanted = everyGlob ? patterns.join(' and ') : oneOf(patterns);
      if (many) return `the ${claim} of the caller ${fitting ? 'include' : 'do not include'} ${wanted}`;
      return `the ${claim} of the caller ${fitting ? 'fits' : 'does not fit'} ${wanted}`;
    },
  };
}

/** Whoever acted before the present actor may restrict a call, and never allows one (RFC 8693 section 4.1). */
export function actingFor(caller: Caller, { decision }: Pick<ForRule, 'decision'>): Caller {
  return decision === 'allow' ? { ...caller, actors: caller.actors.slice(0, 1) } : caller;
}

function claimValues(claim: string, caller: Caller): readonly string[] {
  switch (claim) {
    case 'groups':
      return caller.groups;
    case 'actors':
      return caller.actors;
    case 'subject':
      return [caller.subject];
    case 'issuer':
      return [caller.issuer];
    case 'owner':
      return caller.owner === undefined ? [] : [caller.owner];
    case 'email':
      return caller.email === undefined ? [] : [caller.email];
    default:
      return [];
  }
}
