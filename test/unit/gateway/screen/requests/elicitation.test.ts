import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../../gateway/config/config.ts';
import { createMasker } from '../../../../../gateway/masking/masker.ts';
import { judgeElicitation } from '../../../../../gateway/screen/requests/elicitation.ts';

const masker = createMasker();
const isClean = (text: string): boolean => masker.maskText(text).hits.length === 0;

function judged(params: unknown, urlHosts: readonly string[] = []): string | undefined {
  const connection = { upstream: { url: 'http://ops.internal:8080/mcp' }, serverRequests: { urlHosts } };
  return judgeElicitation(connection as unknown as Connection, params, isClean);
}

describe('a form of a server', () => {
  const form = (properties: object) => ({ message: 'hi', requestedSchema: { type: 'object', properties } });

  test.each<[string, object]>([
    ['password', { type: 'string' }],
    ['githubToken', { type: 'string' }],
    ['value', { type: 'string', title: 'API key' }],
    ['value', { type: 'string', description: 'Paste your access token here' }],
    ['otp', { type: 'integer' }],
    ['value', { type: 'string', format: 'password' }],
    ['value', { type: 'string', writeOnly: true }],
    ['outer', { type: 'object', properties: { client_secret: { type: 'string' } } }],
    ['list', { type: 'array', items: { type: 'object', properties: { password: { type: 'string' } } } }],
  ])('may not ask for a secret: %s, %o', (name, field) => {
    expect(judged(form({ [name]: field }))).toBe('a form may not ask for secrets');
  });

  test('that nests deeper than can be looked through is refused', () => {
    let field: object = { type: 'string' };
    for (let depth = 0; depth < 20; depth += 1) field = { type: 'object', properties: { inner: field } };
    expect(judged(form({ outer: field }))).toBeDefined();
  });

  test.each<[string, object]>([
    ['name', { type: 'string', title: 'String', description: 'Your full, legal name' }],
    ['integer', { type: 'integer', description: 'Your favorite (do not give us your phone number, pin, or secrets)' }],
    ['password', { type: 'boolean', title: 'Reset the password?' }],
    ['token', { type: 'string', enum: ['short', 'long'] }],
    ['token_count', { type: 'integer' }],
    ['secretName', { type: 'string', description: 'Name of the secret to rotate' }],
    ['constructor', { type: 'string' }],
  ])('may ask for something else: %s, %o', (name, field) => {
    expect(judged(form({ [name]: field }))).toBeUndefined();
    expect(judged({ ...form({ [name]: field }), mode: 'form' })).toBeUndefined();
  });

  test.each([undefined, null, [], { mode: 'hologram' }])('is refused unless it is of a known mode (%#)', (params) => {
    expect(judged(params)).toBeDefined();
  });
});

describe('a link of a server', () => {
  const link = (url: unknown) => ({ mode: 'url', message: 'log in', url, elicitationId: 'e1' });
  const listed = ['Login.Example.com', 'other.example:8443'];

  test.each([
    ['to its own host, when no host is listed', 'https://ops.internal/login', []],
    ['to a listed host', 'https://login.example.com/start?id=1', listed],
    ['to a listed host and port', 'https://other.example:8443/', listed],
    ['to loopback without TLS', 'http://127.0.0.1:3000/', ['127.0.0.1']],
  ])('%s passes', (_what, url, urlHosts) => {
    expect(judged(link(url), urlHosts)).toBeUndefined();
  });

  test.each<[string, unknown, string[]]>([
    ['to any other host, when none is listed', 'https://login.example.com/', []],
    ['to its own host, when others are listed', 'https://ops.internal/', listed],
    ['to another port of a listed host', 'https://other.example/', listed],
    ['to a host that only ends like a listed one', 'https://evil-login.example.com/', listed],
    ['to a host behind a listed one', 'https://login.example.com.evil.example/', listed],
    ['without TLS', 'http://login.example.com/', listed],
    ['with a login', 'https://jane:pw@login.example.com/', listed],
    ['with a secret', `https://login.example.com/?access_token=${'ghp'}_x7Kq2mVb9TzR4wYc8NfJ1sLd6HgP3aEu5Qi0`, listed],
    ['with personal data', 'https://login.example.com/?who=jane.doe@example.com', listed],
    ['that runs code', 'javascript:alert(1)', listed],
    ['that is no URL', 'login', listed],
    ['that is no text', 1, listed],
  ])('%s is refused', (_what, url, urlHosts) => {
    expect(judged(link(url), urlHosts)).toBeDefined();
  });
});
