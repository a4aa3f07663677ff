import type { Caller, Json, RequestId } from '../workflows/contract/call.ts';
import type { AppendedEntry } from '../workflows/contract/entry.ts';
import type { RuleExplanation } from '../workflows/contract/explanation.ts';
import type { Connection } from './config/config.ts';
import type { Admission } from './limits/admission.ts';
import type { Command } from './policy/commands/command.ts';
import type { Judgement } from './policy/judge.ts';
import type { Purpose } from './policy/judge-input.ts';
import type { Binary } from './masking/encoded-leaves.ts';
import type { MaskHit } from './masking/masker.ts';
import type { Refusal } from './release/refusal.ts';
import type { Reply } from './release/reply.ts';
import type { ToolPin } from './screen/pins/tool-pin.ts';

/** Which family of MCP revisions a message speaks: with handshake, or 2026-07-28 and later. */
export type Era = 'legacy' | 'modern';

/** What a POST carried: a request wants an answer, the other two do not. */
export type MessageKind = 'request' | 'notification' | 'response';

/** A well-formed message from somebody not yet known. `raw` holds the original bytes, which are what is forwarded. */
export interface ReceivedCall {
  readonly callId: string;
  readonly connection: Connection;
  readonly era: Era;
  readonly kind: MessageKind;
  readonly method: string;
  /** Undefined for notifications and responses. */
  readonly id: RequestId | undefined;
  readonly raw: Buffer;
  readonly params: Json | undefined;
  /** Tool or prompt name, for the methods that have one. */
  readonly tool: string | undefined;
  readonly uri: string | undefined;
  /** Canonical JSON of the arguments, or their exact text when JSON.parse would lose digits of a number. */
  readonly canonicalArguments: string;
  readonly progressToken: string | number | undefined;
  readonly headers: CallerHeaders;
  readonly reply: Reply;
}

/** The caller's headers, lower case, as Node gives them. */
export type CallerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A message whose sender is verified. */
export interface KnownCall extends ReceivedCall {
  readonly caller: Caller;
  /** `issuer#subject`. */
  readonly principal: string;
  readonly sessionId: string;
  /** What is known of the tool that is called; absent when it was never seen on a list. */
  readonly pin?: ToolPin;
  /** Why it is made; absent when it does not say. Clear text: masked wherever it leaves this process. */
  readonly purpose?: Purpose;
  /** The bytes as they came, where something in them was for the gateway and is not in `raw`. */
  readonly received?: Buffer;
  /** What was taken out of them: JSON pointers (RFC 6901). */
  readonly removed?: readonly string[];
  /** Its person was asked for a purpose already. */
  readonly wasAsked?: true;
}

/** The gateway's own to answer, whatever policy says: it is about a task that the gateway made. */
export interface OwnBusiness {
  readonly verdict: 'own';
  readonly ruleIds: readonly [];
}

/** A message that policy has judged. */
export interface JudgedCall extends KnownCall {
  readonly judgement: Judgement | OwnBusiness;
  /** What its command would do; absent for a tool that takes none. */
  readonly command?: Command;
  readonly policyDigest: string;
  /** Why it is held; absent when it is not. */
  readonly explanation?: readonly RuleExplanation[];
  /** What limits keep of it while it is under way; absent when none applies. */
  readonly admission?: Admission;
  /** It is judged "block" because of a pause or a limit, and this is what its caller reads. */
  readonly turnedAway?: Refusal;
}

/** A request that the ledger knows of; only such a one may be held or forwarded. */
export interface RecordedCall extends JudgedCall {
  readonly id: RequestId;
  readonly entry: AppendedEntry;
}

/** One message after masking: what may leave this process. */
export interface MaskedMessage {
  readonly bytes: Buffer;
  readonly hits: readonly MaskHit[];
  /** Bodies that passed unread, for the record. */
  readonly binaries?: readonly Binary[];
}
