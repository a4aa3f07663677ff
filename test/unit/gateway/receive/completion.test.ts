import { expect, test } from 'vitest';
import type { Connection } from '../../../../gateway/config/config.ts';
import { receive } from '../../../../gateway/receive/receive.ts';
import type { Reply } from '../../../../gateway/release/reply.ts';
import { legacyHeaders } from '../../../support/transport-caller.ts';

test.each<[string, object, { tool?: string; uri?: string }]>([
  ['a prompt', { ref: { type: 'ref/prompt', name: 'greeting' } }, { tool: 'greeting' }],
  ['a resource', { ref: { type: 'ref/resource', uri: 'open://{id}' } }, { uri: 'open://{id}' }],
  ['both', { ref: { name: 'greeting', uri: 'open://{id}' } }, { tool: 'greeting', uri: 'open://{id}' }],
  ['nothing, with decoys beside', { ref: 'x', name: 'greeting', uri: 'open://a' }, {}],
  ['a resource, with decoys beside', { ref: { uri: 'b://' }, name: 'greeting', uri: 'open://a' }, { uri: 'b://' }],
])('a completion is known by what it completes: %s', (_what, params, { tool, uri }) => {
  const message = { jsonrpc: '2.0', id: 1, method: 'completion/complete', params };
  const post = {
    connection: { name: 'up' } as unknown as Connection,
    headers: legacyHeaders,
    body: Buffer.from(JSON.stringify(message)),
    reply: {} as unknown as Reply,
  };
  expect(receive(post, () => 'call_1')).toMatchObject({ tool, uri });
});
