/** A refusal as Slack's Web API words it: `{ok: false, error, response_metadata?: {messages}}`. */
export class SlackError extends Error {
  override readonly name = 'SlackError';
  readonly code: string;
  /** Slack's explanations, such as `[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text]`. */
  readonly messages: readonly string[];

  constructor(code: string, messages: readonly string[] = []) {
    super(code);
    this.code = code;
    this.messages = messages;
  }
}
