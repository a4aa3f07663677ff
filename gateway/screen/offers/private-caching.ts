import type { KnownCall } from '../../call.ts';
import type { Config } from '../../config/config.ts';
import type { ForwardedMessage } from '../../forward/forward-call.ts';
import { readMembers, startOfValue, TwoMembers } from '../../masking/json-spans.ts';
import { isPersonal } from '../../policy/privacy.ts';
import { isObject } from '../../receive/is-object.ts';
import { ScreeningFailed } from '../screening-failed.ts';
import { applyTextEdits, restrictCaching } from './lists-edit.ts';

/**
 * Keeps an answer out of shared caches where callers differ in what they may read of it, whoever this one is (MCP
 * 2026-07-28, caching): what one of them sees in full may not be handed to another. Throws ScreeningFailed.
 */
export function keepPrivate<Message extends ForwardedMessage>(
  config: Config,
  { era, connection }: KnownCall,
  message: Message,
): Message {
  const { text } = message;
  if (era !== 'modern' || !/"cacheScope"|"ttlMs"|\\u/.test(text) || !isPersonal(config.policy, connection.name)) {
    return message;
  }
  const result = resultIn(text);
  if (result === undefined) return message;
  const edits = restrictCaching(text, result, result.members);
  return edits.length === 0 ? message : { ...message, text: applyTextEdits(text, edits) };
}

function resultIn(text: string) {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || !isObject(value['result'])) return undefined;
    const { result } = value;
    if (result['cacheScope'] === undefined && result['ttlMs'] === undefined) return undefined;
    const place = readMembers(text, startOfValue(text)).find(({ key }) => key === 'result');
    return place === undefined ? undefined : { ...place, members: readMembers(text, place.start) };
  } catch (error) {
    if (error instanceof TwoMembers)
      throw new ScreeningFailed(`the answer cannot be read with certainty: ${error.message}`);
    return undefined;
  }
}
