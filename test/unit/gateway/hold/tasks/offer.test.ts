import { describe, expect, test } from 'vitest';
import type { RecordedCall } from '../../../../../gateway/call.ts';
import type { Config } from '../../../../../gateway/config/config.ts';
import { messageEvent } from '../../../../../gateway/hold/tasks/events.ts';
import { offerTasks, withTasksOffered } from '../../../../../gateway/hold/tasks/offer.ts';

describe('what a server says it can', () => {
  test('has tasks added, and is otherwise as it came', () => {
    const text = '{"jsonrpc":"2.0","id":1,"result":{"capabilities":{"tools":{} } , "n":1e400}}';
    expect(withTasksOffered(text)).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"capabilities":{"tools":{},"extensions": {"io.modelcontextprotocol/tasks":{}} } , "n":1e400}}',
    );
  });

  test('keeps its other extensions, and its own word on tasks', () => {
    const other = '{"result":{"capabilities":{"extensions":{"io.modelcontextprotocol/ui":{}}}}}';
    expect(JSON.parse(withTasksOffered(other))).toEqual({
      result: {
        capabilities: { extensions: { 'io.modelcontextprotocol/ui': {}, 'io.modelcontextprotocol/tasks': {} } },
      },
    });
    const own = '{"result":{"capabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}}';
    expect(withTasksOffered(own)).toBe(own);
  });

  test('is left alone when it is no list of capabilities', () => {
    for (const text of ['{"error":{"code":-32601}}', '{"result":{"capabilities":null}}', 'no JSON']) {
      expect(withTasksOffered(text)).toBe(text);
    }
  });
});

describe('tasks are offered', () => {
  const said = { ...messageEvent('{"result":{"capabilities":{}}}'), final: true };
  const offered = (rule: object, upstream: object = {}): boolean => {
    const config = { policy: { rules: [rule], defaultDecision: 'block' } } as unknown as Config;
    const call = { method: 'server/discover', connection: { name: 'ops', upstream } } as unknown as RecordedCall;
    return offerTasks(config, call, said).text.includes('io.modelcontextprotocol/tasks');
  };

  test('where calls may be held, and nowhere else', () => {
    expect(offered({ decision: 'require_approval' })).toBe(true);
    expect(offered({ decision: 'require_approval', connection: (name: string) => name === 'ops' })).toBe(true);
    expect(offered({ decision: 'require_approval', connection: (name: string) => name === 'other' })).toBe(false);
    expect(offered({ decision: 'allow' })).toBe(false);
  });

  test('not where the server wants a token of the caller, who is not there when a task runs', () => {
    const upstream = { credential: { oauth: { grant: 'token_exchange' } } };
    expect(offered({ decision: 'require_approval' }, upstream)).toBe(false);
  });
});
