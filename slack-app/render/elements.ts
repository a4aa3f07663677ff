import type { PlainTextElement, RichTextBlock, SectionBlock } from '@slack/types';

/** PURE. The only builders of text on a card or a modal: none of them makes `mrkdwn`, so no data is ever markup. */

export function plainText(text: string): PlainTextElement {
  return { type: 'plain_text', text, emoji: false };
}

export function boldLine(text: string): RichTextBlock {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text, style: { bold: true } }] }],
  };
}

export function lineOfText(text: string): RichTextBlock {
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] };
}

export function preformatted(text: string): RichTextBlock {
  return { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }] };
}

export function fieldsSection(texts: readonly string[]): SectionBlock {
  return { type: 'section', fields: texts.map(plainText) };
}
