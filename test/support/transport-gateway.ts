import type pg from 'pg';
import { pino } from 'pino';
import type { EntryDraft } from '../../workflows/contract/entry.ts';
import { LedgerUnavailable, type Ledger } from '../../workflows/evidence/ledger.ts';
import { authenticate } from '../../gateway/authenticate/authenticate.ts';
import { TokenVerifier } from '../../gateway/authenticate/bearer-token.ts';
import type { Config, Connection } from '../../gateway/config/config.ts';
import { connectionSchema } from '../../gateway/config/connection-schema.ts';
import { UpstreamCredentials } from '../../gateway/forward/credentials.ts';
import { forwardCall, type ForwardedMessage } from '../../gateway/forward/forward-call.ts';
import { OpenCalls } from '../../gateway/forward/open-calls.ts';
import { relay } from '../../gateway/forward/relay.ts';
import { Upstreams } from '../../gateway/forward/upstream.ts';
import { WaitingCalls } from '../../gateway/hold/waiting-calls.ts';
import { refusalOf } from '../../gateway/limits/turn-away.ts';
import { createMasker } from '../../gateway/masking/masker.ts';
import { maskMessage } from '../../gateway/masking/mask-message.ts';
import type { Steps } from '../../gateway/pipeline.ts';
import { compileDataClasses } from '../../gateway/policy/data-classes.ts';
import { judgeCall } from '../../gateway/policy/judge-call.ts';
import { Sessions } from '../../gateway/receive/sessions.ts';
import { Recorder } from '../../gateway/record/recorder.ts';
import { giveUp, refusalAfter } from '../../gateway/release/give-up.ts';
import { OpenReplies } from '../../gateway/release/open-replies.ts';
import { passOn, recordAnswer } from '../../gateway/release/pass-on.ts';
import { refusalAnswer } from '../../gateway/release/refusals.ts';
import { ServerAsks } from '../../gateway/screen/requests/server-asks.ts';
import { createServer, type ServerParts } from '../../gateway/server.ts';

export interface TransportGateway {
  /** The MCP address of the one connection. */
  readonly url: string;
  /** What the ledger was given, in order; it is in memory. */
  readonly entries: EntryDraft[];
  readonly replies: OpenReplies;
  readonly openCalls: OpenCalls;
  /** From now on the ledger takes nothing, or again everything. */
  breakLedger(broken: boolean): void;
  /** Kinds and outcomes of a method's entries, for comparing. */
  story(): string[];
  close(): Promise<void>;
}

/** A connection as a configuration file has it, beside its name and its server. */
type ConnectionFile = Readonly<Record<string, unknown>>;

/**
 * The gateway's own HTTP server, transport, masking and release over real sockets, with a ledger in memory and policy
 * that allows everything: what the transport promises can be seen in milliseconds, without the other programs.
 */
export async function startTransportGateway(
  upstreamUrl: string,
  options: ConnectionFile = {},
  entriesMax = Infinity,
  admit: Steps<ForwardedMessage>['admit'] = (call) => call,
): Promise<TransportGateway> {
  const { ledger, entries, breakLedger } = createMemoryLedger(entriesMax);
  const config = configOf(upstreamUrl, options);
  const masker = createMasker();
  const recorder = new Recorder(ledger, masker);
  const openCalls = new OpenCalls(recorder);
  const replies = new OpenReplies();
  const log = pino({ level: 'silent' });
  const now = (): Date => new Date();
  const signIdentity = () => Promise.reject(new Error('no identity is asked for here'));
  const upstreams = new Upstreams(new UpstreamCredentials({ now, fetch, signIdentity, log }));
  let calls = 0;
  const parts = {
    config: () => config,
    tokens: new TokenVerifier({ now, fetch }),
    sessions: new Sessions(createMemoryPool(), now),
    upstreams,
    openCalls,
    replies,
    masker,
    recorder,
    waiting: new WaitingCalls(),
    asks: new ServerAsks(),
    pauses: { fresh: () => undefined, of: () => undefined },
    now,
    log,
    loopback: true,
    identityKeys: { keys: [] },
    newCallId: () => `call_${String((calls += 1))}`,
    unready: () => Promise.resolve(undefined),
  };
  const steps: Steps<ForwardedMessage> = {
    authenticate: (call) => authenticate(parts, call),
    judge: (call) => judgeCall(config, call, new Date()),
    admit,
    leave: (call) => call.admission?.end(),
    recordRequest: (call) => recorder.request(call, refusalOf(call)),
    refuse: (call) => refusalAnswer(call, refusalOf(call) ?? refusalAfter(call, undefined)),
    hold: () => Promise.reject(new Error('nothing is held here')),
    answerTask: () => Promise.reject(new Error('there are no tasks here')),
    recordInWorkflow: () => Promise.reject(new Error('there is no Temporal here')),
    forward: (call) => forwardCall(parts, call),
    screen: (_call, message) => Promise.resolve(message),
    mask: (_call, message) => maskMessage(masker, message),
    passOn: (call, message) => passOn(recorder, call, message),
    recordAnswer: (call, message) => recordAnswer(recorder, call, message),
    giveUp: (call, error) => giveUp(parts, call, error),
    release: async (call, answer) => void (await call.reply.finish(answer)),
    relay: (call) => relay(parts, call),
  };
  // What screens lists and judges approvals has no part in the transport.
  const server = createServer({ ...parts, steps } as unknown as ServerParts);
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `${address}/up/mcp`,
    entries,
    replies,
    openCalls,
    breakLedger,
    story: () => entries.map(({ kind, outcome }) => (outcome === undefined ? kind : `${kind} ${outcome}`)),
    close: async () => {
      replies.cutOffAll();
      server.server.closeAllConnections();
      await server.close();
      recorder.stop();
      await upstreams.close();
    },
  };
}

/** For a connection that says `data: [personal]`. Nobody here is one of hr. */
const personal = { fields: ['salary'], seenBy: { groups: ['hr'] }, otherwise: 'mask' as const };

function configOf(url: string, options: ConnectionFile): Config {
  const file = connectionSchema.parse({ name: 'up', upstream: { url }, anonymousAs: 'tester', ...options });
  const { timeout, pendingAfter, ...rest } = file;
  const connection = { ...rest, timeoutMs: timeout, pendingAfterMs: pendingAfter } as unknown as Connection;
  return {
    publicUrl: 'http://127.0.0.1',
    issuers: [],
    connections: [connection],
    approvers: {},
    slack: undefined,
    operatorGroups: [],
    purposes: {},
    policy: {
      rules: [],
      defaultDecision: 'allow',
      defaultApproval: undefined,
      dataClasses: compileDataClasses({ personal }, [file]),
    },
    limits: [],
    policyDigest: '0'.repeat(64),
  } as unknown as Config;
}

function createMemoryLedger(entriesMax: number) {
  const entries: EntryDraft[] = [];
  let isBroken = false;
  const ledger: Ledger = {
    append: async (drafts) => {
      if (isBroken) throw new LedgerUnavailable('the ledger is away');
      entries.push(...drafts);
      if (entries.length > entriesMax) entries.splice(0, entries.length - entriesMax);
      return drafts.map((_draft, i) => ({ seq: entries.length + i, id: `entry_${String(entries.length + i)}` }));
    },
    readBody: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
  const breakLedger = (broken: boolean): void => {
    isBroken = broken;
  };
  return { ledger, entries, breakLedger };
}

/** Answers the three statements of {@link Sessions}. */
function createMemoryPool(): pg.Pool {
  const owners = new Map<string, string>();
  const query = (statement: string | { text: string; values: unknown[] }, given: unknown[] = []) => {
    const { text, values } = typeof statement === 'string' ? { text: statement, values: given } : statement;
    const key = `${String(values[0])} ${(values[1] as Buffer).toString('hex')}`;
    if (text.startsWith('insert') && !owners.has(key)) owners.set(key, String(values[2]));
    if (text.startsWith('update')) owners.delete(key);
    const principal = owners.get(key);
    return Promise.resolve({ rows: text.startsWith('select') && principal !== undefined ? [{ principal }] : [] });
  };
  return { query } as unknown as pg.Pool;
}
