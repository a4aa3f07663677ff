import { describe, expect, test } from 'vitest';
import type { KnownCall } from '../../../../../gateway/call.ts';
import type { ForwardedMessage } from '../../../../../gateway/forward/forward-call.ts';
import { ruleSchema } from '../../../../../gateway/config/rule-schema.ts';
import { compileRule } from '../../../../../gateway/policy/rule.ts';
import { screenOffer, type OfferParts } from '../../../../../gateway/screen/offers/offers.ts';

/** Policy allows what is called `free` or stands at `free:*`; pins know one tool, which has changed. */
function partsWith(unshowable: readonly string[] = []) {
  const match = [{ tool: 'free' }, { method: 'prompts/get', tool: 'free' }, { uri: 'free:*' }];
  const rules = match.map((each, index) =>
    compileRule(ruleSchema.parse({ id: `r${index}`, decision: 'allow', match: each }), undefined),
  );
  const observed: string[] = [];
  const parts = {
    config: () => ({ policy: { rules, defaultDecision: 'block', defaultApproval: undefined } }),
    pins: { of: () => Promise.resolve({ pins: new Map([['free', { digest: 'd', accepted: false }]]) }) },
    sightings: {
      observe: (_witness: unknown, _page: string, read: () => readonly { name: string }[]) => {
        observed.push(...read().map(({ name }) => name));
        return Promise.resolve(new Set(unshowable));
      },
    },
  };
  return { parts: parts as unknown as OfferParts, observed };
}

function callOf(method: string, changes: Partial<KnownCall> & { describeApproval?: boolean } = {}): KnownCall {
  const { describeApproval = false, ...rest } = changes;
  const caller = { issuer: 'i', subject: 's', groups: [], actors: [] };
  const connection = { name: 'up', describeApproval };
  return {
    method,
    era: 'legacy',
    caller,
    connection,
    callId: 'c',
    sessionId: 's',
    principal: 'i#s',
    ...rest,
  } as KnownCall;
}

const messageOf = (text: string, final = true): ForwardedMessage => ({
  text,
  final,
  status: 200,
  headers: {},
  event: undefined,
});
const list = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"free"},{"name":"other"}]}}';
const filtered = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"free"}]}}';

describe('the answer to a list request', () => {
  test('loses what policy never allows, and is the very same object when it loses nothing', async () => {
    const { parts, observed } = partsWith();
    expect((await screenOffer(parts, callOf('tools/list'), messageOf(list))).text).toBe(filtered);
    expect(observed).toEqual(['free', 'other']);
    const allowed = messageOf(filtered);
    expect(await screenOffer(parts, callOf('tools/list'), allowed)).toBe(allowed);
  });

  test.each([
    ['prompts', 'name', 'free', 'other'],
    ['resources', 'uri', 'free:a', 'other:a'],
  ])('is filtered for %s', async (member, key, free, other) => {
    const text = (names: string[]) =>
      `{"result":{"${member}":[${names.map((name) => `{"${key}":"${name}"}`).join()}]}}`;
    const { parts } = partsWith();
    const screened = await screenOffer(parts, callOf(`${member}/list`), messageOf(text([other, free, other])));
    expect(screened.text).toBe(text([free]));
  });

  test('keeps templates, of which some address may be read', async () => {
    const { parts } = partsWith();
    const message = messageOf('{"result":{"resourceTemplates":[{"uriTemplate":"other:{id}"}]}}');
    expect(await screenOffer(parts, callOf('resources/templates/list'), message)).toBe(message);
  });

  test('loses a tool that cannot be pinned', async () => {
    const { parts } = partsWith(['free']);
    const { text } = await screenOffer(parts, callOf('tools/list'), messageOf(list));
    expect(text).toContain('"tools":[]');
  });

  test('is private and short-lived in the modern era once it was changed, and only then', async () => {
    const { parts } = partsWith();
    const modern = { era: 'modern' } as const;
    const { text } = await screenOffer(parts, callOf('tools/list', modern), messageOf(list));
    expect(JSON.parse(text)).toMatchObject({ result: { cacheScope: 'private', ttlMs: 10_000 } });
    const same = messageOf(filtered);
    expect(await screenOffer(parts, callOf('tools/list', modern), same)).toBe(same);
  });

  test('says of a changed tool that calls need approval, where that is wanted', async () => {
    const { parts } = partsWith();
    const told = callOf('tools/list', { describeApproval: true });
    const { text } = await screenOffer(parts, told, messageOf(filtered));
    expect(text).toContain('"description":"Calls need approval by a person."');
  });
});

describe('a list of tools that rules judge by what their server says of them', () => {
  const tools = [
    '{"name":"a","annotations":{"readOnlyHint":true}}',
    '{"name":"b"}',
    '{"name":"changed","annotations":{"readOnlyHint":true}}',
  ];
  const offered = `{"jsonrpc":"2.0","id":1,"result":{"tools":[${tools.join()}]}}`;
  const pins = new Map([
    ['a', { digest: 'd', accepted: true }],
    ['b', { digest: 'd', accepted: true }],
    ['changed', { digest: 'd', accepted: false }],
  ]);
  const shown = async (decision: string, annotations: object, trustAnnotations: boolean): Promise<string[]> => {
    const { parts } = partsWith();
    const rules = [
      compileRule(ruleSchema.parse({ id: 'r', decision, match: { annotations } }), undefined),
      ...(decision === 'block' ? [compileRule(ruleSchema.parse({ id: 'all', decision: 'allow' }), undefined)] : []),
    ];
    const policy = { rules, defaultDecision: 'block', defaultApproval: undefined };
    const partsHere = { ...parts, config: () => ({ policy }), pins: { of: () => Promise.resolve({ pins }) } };
    const call = callOf('tools/list', { connection: { name: 'up', trustAnnotations } as KnownCall['connection'] });
    const { text } = await screenOffer(partsHere as unknown as OfferParts, call, messageOf(offered));
    return (JSON.parse(text) as { result: { tools: { name: string }[] } }).result.tools.map(({ name }) => name);
  };

  test('shows what their word allows only where it is trusted, and accepted', async () => {
    expect(await shown('allow', { readOnlyHint: true }, true)).toEqual(['a']);
    expect(await shown('allow', { readOnlyHint: true }, false)).toEqual([]);
  });

  test('loses what their word, or their silence, has blocked', async () => {
    expect(await shown('block', { destructiveHint: true }, false)).toEqual(['a', 'changed']);
  });
});

describe('a list that nobody asked for here', () => {
  test.each([
    ['as it is', list],
    ['with an escaped word', list.replace('"result"', '"r\\u0065sult"')],
    ['with an escaped name of the list', list.replace('"tools"', '"t\\u006fols"')],
  ])('is filtered on a stream all the same: %s', async (_how, text) => {
    const { parts } = partsWith();
    for (const call of [callOf('session/get'), callOf('tools/call')]) {
      const screened = await screenOffer(parts, call, messageOf(text, false));
      expect(JSON.parse(screened.text)).toEqual(JSON.parse(filtered));
    }
  });
});

describe('everything else', () => {
  test.each([
    ['the answer of a tool', callOf('tools/call'), messageOf('{"result":{"tools":[{"name":"other"}]}}')],
    ['progress', callOf('tools/list'), messageOf('{"method":"notifications/progress"}', false)],
    ['a page of an error', callOf('tools/list'), messageOf('<html>')],
    ['a comment', callOf('session/get'), messageOf('', false)],
  ])('passes as it came: %s', async (_what, call, message) => {
    const { parts, observed } = partsWith();
    expect(await screenOffer(parts, call, message)).toBe(message);
    expect(observed).toEqual([]);
  });
});
