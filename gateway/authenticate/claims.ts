import type { JWTPayload } from 'jose';
import type { Caller } from '../../workflows/contract/call.ts';
import type { Issuer } from '../config/schema.ts';
import { pathOf, valueAt } from '../json-pointer.ts';

/** The claim of that name, or where a JSON pointer (RFC 6901) leads; undefined when there is none. */
export function claimAt(payload: JWTPayload, name: string): unknown {
  if (!name.startsWith('/')) return Object.hasOwn(payload, name) ? payload[name] : undefined;
  return valueAt(payload, pathOf(name));
}

/** The name of the first claim of `issuer.require` that the token does not fulfil. */
export function unmetRequirement(payload: JWTPayload, issuer: Issuer): string | undefined {
  const unmet = Object.entries(issuer.require ?? {}).find(([name, wanted]) => {
    const held = textsOf(claimAt(payload, name));
    return ![wanted].flat().some((text) => held.includes(text));
  });
  return unmet?.[0];
}

/** Who a verified token speaks for. */
export function callerOf(payload: JWTPayload, issuer: Issuer): Caller {
  const { claims, groupPrefix = '' } = issuer;
  const owner = claimAt(payload, claims?.owner ?? 'owner');
  const email = claimAt(payload, claims?.email ?? 'email');
  const client = payload['client_id'] ?? payload['azp'];
  return {
    issuer: issuer.issuer,
    subject: payload.sub ?? '',
    groups: textsOf(claimAt(payload, claims?.groups ?? 'groups')).map((group) => `${groupPrefix}${group}`),
    actors: actorsOf(payload['act'], issuer.issuer),
    ...(typeof owner === 'string' ? { owner } : {}),
    ...(typeof email === 'string' ? { email } : {}),
    ...(typeof client === 'string' ? { client } : {}),
  };
}

/** Scopes of a token: `scope`, blank-separated (RFC 9068 section 2.2.3), or `scp`, a list or blank-separated. */
export function scopesOf(payload: JWTPayload): string[] {
  return [payload['scope'], payload['scp']].flatMap(textsOf).flatMap((text) => text.split(' ').filter(Boolean));
}

/**
 * The delegation chain, the present actor first (RFC 8693 section 4.1). Who only might act (`may_act`) does not, and the
 * client that got the token (`client_id`, `azp`) is no actor. An actor of another issuer is named with that issuer,
 * since equal subjects of two issuers are two principals.
 */
function actorsOf(act: unknown, issuer: string): string[] {
  const actors: string[] = [];
  for (let actor = act; typeof actor === 'object' && actor !== null; actor = (actor as { act?: unknown }).act) {
    const { sub, iss } = actor as { sub?: unknown; iss?: unknown };
    if (typeof sub !== 'string') continue;
    actors.push(typeof iss === 'string' && iss !== issuer ? `${iss}#${sub}` : sub);
  }
  return actors;
}

/** One text or a list of them; numbers and booleans as JSON writes them. */
function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((item) => {
    if (typeof item === 'string') return [item];
    return typeof item === 'number' || typeof item === 'boolean' ? [String(item)] : [];
  });
}
