import { describe, expect, test } from 'vitest';
import { TokenCache, type AccessToken } from '../../../../gateway/forward/token-cache.ts';

const lifeMs = 1_000;

/** A cache, a clock, and a token endpoint that answers when it is told to. */
function setUp() {
  let nowMs = 0;
  let requests = 0;
  const cache = new TokenCache(() => new Date(nowMs));
  const give = (): Promise<AccessToken> => {
    requests += 1;
    return Promise.resolve({ value: `token-${requests}`, usableUntilMs: nowMs + lifeMs });
  };
  const get = async (whom = 'a', request = give) => (await cache.get(whom, request)).value;
  return { cache, get, count: () => requests, pass: (ms: number) => (nowMs += ms) };
}

describe('an access token', () => {
  test('is asked for once, however many want it at once', async () => {
    const { get, count } = setUp();
    expect(await Promise.all([get(), get(), get()])).toEqual(['token-1', 'token-1', 'token-1']);
    expect(count()).toBe(1);
  });

  test('is kept until it may not be used any longer, and then renewed once', async () => {
    const { get, pass } = setUp();
    await get();
    pass(lifeMs - 1);
    expect(await get()).toBe('token-1');
    pass(1);
    expect(await Promise.all([get(), get()])).toEqual(['token-2', 'token-2']);
  });

  test('is of one caller only', async () => {
    const { get } = setUp();
    expect([await get('a'), await get('b'), await get('a')]).toEqual(['token-1', 'token-2', 'token-1']);
  });

  test('that could not be had is asked for again by whoever comes next', async () => {
    const { get } = setUp();
    const fail = () => Promise.reject(new Error('down'));
    await expect(Promise.all([get('a', fail), get('a', fail)])).rejects.toThrow('down');
    expect(await get()).toBe('token-1');
  });

  test('that a server refused is forgotten, but not the one that has come in its place', async () => {
    const { cache, get } = setUp();
    const first = await get();
    await cache.forget('a', first);
    expect(await get()).toBe('token-2');
    await cache.forget('a', first);
    expect(await get()).toBe('token-2');
  });

  test('of the one who has been away longest gives way when there are too many', async () => {
    const { get, count } = setUp();
    for (let caller = 0; caller <= 1_000; caller += 1) await get(`caller-${caller}`);
    await get('caller-1');
    expect(count()).toBe(1_001);
    await get('caller-0');
    expect(count()).toBe(1_002);
  });
});
