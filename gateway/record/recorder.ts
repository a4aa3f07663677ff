import type { Json } from '../../workflows/contract/call.ts';
import { endOfCall, type AppendedEntry, type EntryDraft } from '../../workflows/contract/entry.ts';
import { LedgerUnavailable, type Guard, type Ledger } from '../../workflows/evidence/ledger.ts';
import type { JudgedCall, KnownCall, MaskedMessage, RecordedCall } from '../call.ts';
import { GatewayError } from '../errors.ts';
import type { MaskHit, Masker } from '../masking/masker.ts';
import type { Refusal } from '../release/refusal.ts';
import { withMembers } from '../with-members.ts';
import { binaryFacts } from './binary-facts.ts';
import { judgedFacts, toolFacts } from './judged-facts.ts';
import { retryAfterSeconds } from './outage.ts';
import { purposeBody, purposeFacts } from './purpose-facts.ts';
import { ruleFacts, shadowFacts } from './rule-facts.ts';

/** As many as callers wait in one gateway at most; beyond that, whoever sweeps ends the calls when it stops. */
const owedEntriesMax = 65_536;
/** A ledger takes so many in one append, and one that cannot be taken holds up no more. */
const owedPerAppendMax = 128;
const payOwedEveryMs = 2_000;

/** How an answer is described in its entry; the text itself lies beside the log, encrypted. */
export interface AnswerFacts {
  readonly status: number;
  readonly toolError: boolean;
}

/**
 * Writes what happens to a call into the ledger, in masked form. Nothing goes on before the commit. What every call
 * writes has its facts in canonical order, in which the ledger takes them as they are.
 */
export class Recorder {
  readonly #ledger: Ledger;
  readonly #masker: Masker;
  /** Endings that the ledger could not take at the time; the caller was told that its answer is withheld. */
  #owed: EntryDraft[] = [];
  readonly #payer: NodeJS.Timeout;

  constructor(ledger: Ledger, masker: Masker) {
    this.#ledger = ledger;
    this.#masker = masker;
    this.#payer = setInterval(() => void this.#payOwed(), payOwedEveryMs).unref();
  }

  /** No record, no call: throws EVIDENCE_UNAVAILABLE. A blocked call is received and ended in one commit. */
  async request(call: JudgedCall, refusal: Refusal | undefined): Promise<RecordedCall> {
    const masked = this.#masker.maskJson(call.received ?? call.raw);
    const received: EntryDraft = withMembers(about(call), {
      kind: 'request.received',
      outcome: call.judgement.verdict,
      facts: withMembers(
        { ...judgedFacts(call), ...binaryFacts(masked.binaries) },
        {
          detectors: this.#masker.digest,
          era: call.era,
          masked: countByEntity(masked.hits),
          ...('masks' in call.judgement ? { masks: call.judgement.masks } : {}),
          method: call.method,
          policyDigest: call.policyDigest,
          ...purposeFacts(call),
          ...ruleFacts(call.judgement),
          ...('recordIn' in call.judgement ? { recordIn: call.judgement.recordIn } : {}),
          ...shadowFacts(call.judgement),
          ...toolFacts(call),
        },
      ),
      body: { bytes: masked.bytes, mediaType: 'application/json' },
    });
    const said = this.#purposeEntries(call);
    const [entry] = await this.#append(
      refusal === undefined ? [received, ...said] : [received, ...said, closing(call, refusal)],
      (late) => this.#oweWhenCommitted(late, closing(call, notMade(call))),
    );
    if (entry === undefined || call.id === undefined) throw new GatewayError('EVIDENCE_UNAVAILABLE');
    return withMembers(call, { id: call.id, entry });
  }

  #purposeEntries(call: JudgedCall): EntryDraft[] {
    const { purpose } = call;
    if (purpose === undefined) return [];
    const body = purposeBody(this.#masker, purpose);
    return [{ ...about(call), kind: 'purpose.given', outcome: purpose.source, facts: purposeFacts(call), body }];
  }

  /**
   * A message that is not an answer: progress, logs, server requests, notifications, client responses. `refused: true`
   * among the facts: it did not reach the other side, or is the gateway's own word to it.
   */
  async message(
    call: KnownCall,
    direction: 'to_caller' | 'to_server',
    message: MaskedMessage,
    facts: Readonly<Record<string, Json>> = {},
  ): Promise<AppendedEntry> {
    const [entry] = await this.#append([
      {
        ...about(call),
        kind: 'message.relayed',
        outcome: direction,
        facts: {
          direction,
          method: call.method,
          masked: countByEntity(message.hits),
          ...binaryFacts(message.binaries),
          ...facts,
        },
        body: { bytes: message.bytes, mediaType: 'application/json' },
      },
    ]);
    if (entry === undefined) throw new GatewayError('EVIDENCE_UNAVAILABLE');
    return entry;
  }

  /** No record, no answer: throws when the commit fails; the call's ending is then owed and written later. */
  async answer(call: RecordedCall, message: MaskedMessage, facts: AnswerFacts, guard?: Guard): Promise<AppendedEntry> {
    const draft: EntryDraft = withMembers(about(call), {
      kind: 'response.recorded',
      outcome: facts.toolError ? 'tool_error' : 'answered',
      facts: withMembers(binaryFacts(message.binaries), {
        bytes: message.bytes.length,
        detectors: this.#masker.digest,
        masked: countByEntity(message.hits),
        maskedFields: message.hits.length,
        status: facts.status,
        toolError: facts.toolError,
      }),
      body: { bytes: message.bytes, mediaType: 'application/json' },
      // Recording under a fence is repeated until it is certain, and must find what an earlier try committed.
      ...(guard === undefined ? {} : { once: `response.recorded/${call.callId}` }),
    });
    try {
      const [entry] = await this.#ledger.append([draft], guard);
      if (entry === undefined) throw new LedgerUnavailable('the ledger returned no entry');
      return entry;
    } catch (error) {
      if (error instanceof LedgerUnavailable && guard === undefined) this.#owe(closing(call, withheld(call)));
      throw error;
    }
  }

  /** Ends a call that the gateway answers itself. */
  async close(call: RecordedCall, refusal: Refusal, guard?: Guard): Promise<void> {
    try {
      await this.#ledger.append([closing(call, refusal)], guard);
    } catch (error) {
      if (!(error instanceof LedgerUnavailable)) throw error;
      this.#owe(closing(call, refusal));
      throw new GatewayError('EVIDENCE_UNAVAILABLE', { headers: { 'retry-after': retryAfterSeconds }, cause: error });
    }
  }

  /** Says which case a call waits for, before it does. Throws EVIDENCE_UNAVAILABLE. */
  async held(call: RecordedCall, approvalId: string): Promise<void> {
    await this.#append([{ ...about(call), approvalId, kind: 'call.held', facts: {} }]);
  }

  /** An approved call goes on with what its server asked of the caller. Throws EVIDENCE_UNAVAILABLE. */
  async continued(call: RecordedCall, approvalId: string): Promise<void> {
    const facts = { approvalId, continuation: true };
    await this.#append([{ ...about(call), approvalId, kind: 'call.executing', outcome: 'executing', facts }]);
  }

  /** Ends a call that nobody waits for any more, or whose answer goes another way. Best effort now, owed otherwise. */
  async closeQuietly(call: RecordedCall, outcome: string, facts: Record<string, Json>): Promise<void> {
    const once = endOfCall(call.callId);
    const draft: EntryDraft = {
      ...about(call),
      kind: 'call.closed',
      outcome,
      once,
      facts: { code: outcome, ...facts },
    };
    try {
      await this.#ledger.append([draft]);
    } catch (error) {
      if (!(error instanceof LedgerUnavailable)) throw error;
      this.#owe(draft);
    }
  }

  stop(): void {
    clearInterval(this.#payer);
  }

  async #append(
    drafts: readonly EntryDraft[],
    onOutage?: (error: LedgerUnavailable) => void,
  ): Promise<readonly AppendedEntry[]> {
    try {
      return await this.#ledger.append(drafts);
    } catch (error) {
      if (!(error instanceof LedgerUnavailable)) throw error;
      onOutage?.(error);
      throw new GatewayError('EVIDENCE_UNAVAILABLE', { headers: { 'retry-after': retryAfterSeconds }, cause: error });
    }
  }

  /** A commit that came through after its caller was refused leaves a call to be ended. */
  #oweWhenCommitted(late: LedgerUnavailable, draft: EntryDraft): void {
    if (!late.inDoubt) return;
    void late.settled.then((state) => {
      if (state !== 'absent') this.#owe(draft);
    });
  }

  #owe(draft: EntryDraft): void {
    if (this.#owed.length >= owedEntriesMax) return;
    this.#owed.push(draft);
  }

  async #payOwed(): Promise<void> {
    if (this.#owed.length === 0) return;
    const owed = this.#owed;
    this.#owed = [];
    while (owed.length > 0) {
      const due = owed.slice(0, owedPerAppendMax);
      try {
        await this.#ledger.append(due);
      } catch {
        break;
      }
      owed.splice(0, due.length);
    }
    this.#owed = [...owed, ...this.#owed];
  }
}

/** What every entry of a call says of it. */
export function about(call: KnownCall) {
  return {
    callId: call.callId,
    sessionId: call.sessionId,
    connection: call.connection.name,
    principal: call.principal,
    ...(call.tool === undefined ? {} : { tool: call.tool }),
  };
}

function closing(call: KnownCall, refusal: Refusal): EntryDraft {
  const facts: Record<string, Json> = { code: refusal.code };
  if (refusal.approvalId !== undefined) facts['approvalId'] = refusal.approvalId;
  if (refusal.policyDigest !== undefined) facts['policyDigest'] = refusal.policyDigest;
  if (refusal.rule !== undefined) facts['rule'] = refusal.rule;
  if (refusal.needs !== undefined) facts['needs'] = refusal.needs;
  const approval = refusal.approvalId === undefined ? {} : { approvalId: refusal.approvalId };
  const once = endOfCall(call.callId);
  return { ...about(call), ...approval, kind: 'call.closed', outcome: refusal.code, once, facts };
}

function notMade(call: KnownCall): Refusal {
  return { code: 'unavailable', callId: call.callId, sentence: 'The ledger was away, so the call was not made.' };
}

function withheld(call: KnownCall): Refusal {
  return { code: 'withheld', callId: call.callId, sentence: 'The answer could not be recorded.' };
}

function countByEntity(hits: readonly MaskHit[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { entity } of hits) counts[entity] = (counts[entity] ?? 0) + 1;
  return counts;
}
