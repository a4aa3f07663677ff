import { blockLimits } from '../blocks/block-limits.ts';
import { checkBlocks, countBlockChars } from '../blocks/check-blocks.ts';
import { fillIds } from '../blocks/fill-ids.ts';
import { isRecord, recordsOf, textOf, type JsonRecord } from '../records.ts';
import { SlackError } from '../slack-error.ts';

/** Slack cuts or refuses longer texts; `chat.update` is stricter (GitLab found 4,000 bytes, undocumented). */
const postTextCharsMax = 40_000;
export const updateTextBytesMax = 4_000;

export interface MessageContent {
  readonly text: string;
  readonly blocks: readonly JsonRecord[];
  readonly metadata: JsonRecord | undefined;
}

/** PURE. Checks what a message would show. Throws what Slack answers to one it does not take. */
export function contentOf(args: JsonRecord, newId: () => string): MessageContent {
  const text = textOf(args['text']) ?? '';
  const { blocks, metadata } = args;
  if (blocks !== undefined && blocks !== null) {
    if (!Array.isArray(blocks)) throw new SlackError('invalid_blocks_format');
    const problems = checkBlocks(blocks, 'message');
    if (problems.length > 0) throw new SlackError('invalid_blocks', problems);
    if (countBlockChars(blocks) > blockLimits.messageCharsMax) throw new SlackError('msg_blocks_too_long');
  }
  if (text === '' && recordsOf(blocks).length === 0) throw new SlackError('no_text');
  if (text.length > postTextCharsMax) throw new SlackError('msg_too_long');
  if (metadata !== undefined && !isMetadata(metadata)) throw new SlackError('invalid_metadata_format');
  return { text, blocks: fillIds(blocks, newId), metadata: isRecord(metadata) ? metadata : undefined };
}

function isMetadata(metadata: unknown): boolean {
  return isRecord(metadata) && typeof metadata['event_type'] === 'string' && isRecord(metadata['event_payload']);
}
