import { describe, expect, test } from 'vitest';
import type { KnownCall } from '../../../../../gateway/call.ts';
import { loadConfig } from '../../../../../gateway/config/load.ts';
import type { ForwardedMessage } from '../../../../../gateway/forward/forward-call.ts';
import { keepPrivate } from '../../../../../gateway/screen/offers/private-caching.ts';

const text = `
version: 1
publicUrl: http://127.0.0.1:1
dataClasses: { personal: { fields: [salary], seenBy: { groups: [hr] }, otherwise: mask } }
connections:
  - { name: people, upstream: { url: 'http://127.0.0.1:2' }, tools: { t: { data: [personal] } } }
  - { name: plain, upstream: { url: 'http://127.0.0.1:2' } }
`;
const config = loadConfig(['package.json'], { env: {}, loopback: true, detectorsDigest: 'd', readFile: () => text });
const call = (name: string, era = 'modern') => ({ era, connection: { name } }) as KnownCall;
const message = (result: string) => ({ text: `{"jsonrpc":"2.0","id":1,"result":${result}}` }) as ForwardedMessage;
const shared = message('{"contents":[],"ttlMs":60000,"cacheScope":"public"}');

describe('an answer that others read differently', () => {
  test('is for no shared cache, whoever it was made for, and for no long time', () => {
    expect(JSON.parse(keepPrivate(config, call('people'), shared).text)).toMatchObject({
      result: { ttlMs: 10_000, cacheScope: 'private' },
    });
    const unscoped = message('{"contents":[],"ttlMs":5}');
    expect(JSON.parse(keepPrivate(config, call('people'), unscoped).text)).toMatchObject({
      result: { ttlMs: 5, cacheScope: 'private' },
    });
  });

  test('stays the very same object where nobody does, in the legacy era, and when it speaks of no cache', () => {
    expect(keepPrivate(config, call('plain'), shared)).toBe(shared);
    expect(keepPrivate(config, call('people', 'legacy'), shared)).toBe(shared);
    const silent = message('{"content":[{"type":"text","text":"\\"ttlMs\\""}]}');
    expect(keepPrivate(config, call('people'), silent)).toBe(silent);
  });
});
