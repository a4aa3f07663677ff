/** A tool's definition changed, and people should look at it. Everything here is masked or public. */
export interface ToolAlarm {
  readonly connection: string;
  readonly tool: string;
  /** SHA-256 over the new definition's pinned fields, in hex. */
  readonly digest: string;
  /** Names of the fields that differ from the definition before. Never their text. */
  readonly changed: readonly string[];
  /** What calls come to until somebody accepts the definition: a wait for approval, or a refusal. */
  readonly callsAre: 'held' | 'blocked';
  /** RFC 3339, UTC. */
  readonly seenAt: string;
}
