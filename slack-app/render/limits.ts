/**
 * What Slack accepts, and what we allow ourselves of it. Characters are UTF-16 units, which is never fewer than
 * Slack counts. Sources: docs.slack.dev block reference; the block total and the text limit of chat.update are
 * undocumented and were observed (slackapi/bolt-js#2509).
 */
export const slackLimits = {
  messageBlocksMax: 50,
  modalBlocksMax: 100,
  messageCharsMax: 13_200,
  updateTextBytesMax: 4_000,
  headerCharsMax: 150,
  sectionTextCharsMax: 3_000,
  fieldCharsMax: 2_000,
  fieldsMax: 10,
  buttonValueCharsMax: 2_000,
  accessibilityLabelCharsMax: 75,
  confirmTextCharsMax: 300,
  blockIdCharsMax: 255,
  privateMetadataCharsMax: 3_000,
  modalTitleCharsMax: 24,
} as const;

/** Longer arguments are not shown on a card, and a card that does not show everything has no Approve button. */
export const inlineArgumentsCharsMax = 2_500;
/** Room for one fact on a card. What needs more is shown in the review modal only. */
export const factCharsMax = 400;
/** Room for what all rules had to do with the call; the rest of it stands in the review modal. */
export const cardReasonsCharsMax = 1_200;
/** The `text` of a message: what screen readers and notifications get. Bytes of UTF-8 after entity escaping. */
export const fallbackBytesMax = 3_500;
/** Arguments per block of the review modal. */
export const reviewChunkCharsMax = 2_900;
/** What the rules say there, in at most four blocks. */
export const reviewReasonsCharsMax = 5_800;
/** As JSON in UTF-8. Longer arguments cannot be reviewed in Slack at all; it refuses views of more than 250 kB. */
export const reviewArgumentsBytesMax = 200_000;
export const reviewChunksMax = 80;
/** A reason for a decision, as the caller will read it. */
export const reasonCharsMin = 5;
export const reasonCharsMax = 500;
