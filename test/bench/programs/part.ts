import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { loadKeyRing } from '../../../workflows/evidence/key-ring.ts';
import { openLedger, type Ledger } from '../../../workflows/evidence/ledger.ts';
import { createRandomPool } from '../../../workflows/evidence/random-pool.ts';
import { authenticate } from '../../../gateway/authenticate/authenticate.ts';
import { TokenVerifier } from '../../../gateway/authenticate/bearer-token.ts';
import { LiveConfig } from '../../../gateway/config/live-config.ts';
import { UpstreamCredentials } from '../../../gateway/forward/credentials.ts';
import { forwardCall, type ForwardedMessage } from '../../../gateway/forward/forward-call.ts';
import { OpenCalls } from '../../../gateway/forward/open-calls.ts';
import { Upstreams } from '../../../gateway/forward/upstream.ts';
import { newId } from '../../../gateway/ids.ts';
import { maskMessage } from '../../../gateway/masking/mask-message.ts';
import type { Masker } from '../../../gateway/masking/masker.ts';
import type { Steps } from '../../../gateway/pipeline.ts';
import { blockRefusal, judgeCall } from '../../../gateway/policy/judge-call.ts';
import type { Sessions } from '../../../gateway/receive/sessions.ts';
import { Recorder } from '../../../gateway/record/recorder.ts';
import { giveUp } from '../../../gateway/release/give-up.ts';
import { OpenReplies } from '../../../gateway/release/open-replies.ts';
import { passOn, recordAnswer } from '../../../gateway/release/pass-on.ts';
import { createServer, type ServerParts } from '../../../gateway/server.ts';

/**
 * The gateway's own code with some of its steps left out, to see what each costs. `PART` names the last that is in:
 * relay, identity, masking, ledger. What the whole gateway has beyond that is pins, screening, holds and tasks.
 */
const parts = ['relay', 'identity', 'masking', 'ledger'];
const part = parts.indexOf(process.env['PART'] ?? 'ledger');
const has = (name: string): boolean => part >= parts.indexOf(name);
const env = (name: string): string => process.env[name] ?? '';

const now = (): Date => new Date();
const log = pino({ level: 'silent' });
const live = new LiveConfig({ paths: [env('COUNTERSIGN_CONFIG')], env: process.env, loopback: true, log });
const config = () => live.current;
const bare: Masker = {
  digest: '0'.repeat(64),
  maskJson: (bytes) => ({ bytes, hits: [], changed: false, binaries: [] }),
  maskText: (text) => ({ text, hits: [] }),
};
const masker = has('masking') ? live.masker : bare;
let seq = 0;
const nowhere: Ledger = {
  append: (drafts) => Promise.resolve(drafts.map(() => ({ seq: (seq += 1), id: String(seq) }))),
  readBody: () => Promise.resolve(undefined),
  close: () => Promise.resolve(),
};
const ledger = has('ledger')
  ? await openLedger({
      connectionString: env('DATABASE_URL'),
      origin: 'part.bench/evidence/main',
      instance: 'part',
      keys: loadKeyRing(env('COUNTERSIGN_KEY_FILE')),
      now,
    })
  : nowhere;

const recorder = new Recorder(ledger, masker);
const openCalls = new OpenCalls(recorder);
const noIdentity = () => Promise.reject(new Error('no identity is asked for here'));
const upstreams = new Upstreams(new UpstreamCredentials({ now, fetch, signIdentity: noIdentity, log }));
const sessions = { require: () => Promise.resolve(), open: () => Promise.resolve() } as unknown as Sessions;
const tokens = new TokenVerifier({ now, fetch });
const random = createRandomPool(randomBytes);
const shared = { config, tokens, sessions, upstreams, openCalls, masker, recorder, log };
const somebody = { issuer: 'nobody', subject: 'somebody', groups: ['bench'], actors: [] };
const absent = () => Promise.reject(new Error('this part is left out'));

const steps: Steps<ForwardedMessage> = {
  authenticate: has('identity')
    ? (call) => authenticate(shared, call)
    : (call) => Promise.resolve({ ...call, caller: somebody, principal: 'nobody#somebody', sessionId: 'none' }),
  judge: has('identity')
    ? (call) => judgeCall(config(), call, now())
    : (call) => ({ ...call, judgement: { verdict: 'allow', ruleIds: [] }, policyDigest: '' }),
  admit: (call) => call,
  leave: () => undefined,
  recordRequest: (call) => recorder.request(call, blockRefusal(call)),
  refuse: () => {
    throw new Error('nothing is refused here');
  },
  hold: absent,
  answerTask: absent,
  recordInWorkflow: (_call, run) => run(),
  forward: (call) => forwardCall(shared, call),
  screen: (_call, message) => Promise.resolve(message),
  mask: (_call, message) => maskMessage(masker, message),
  passOn: (call, message) => passOn(recorder, call, message),
  recordAnswer: (call, message) => recordAnswer(recorder, call, message),
  giveUp: (call, error) => giveUp(shared, call, error),
  release: async (call, answer) => void (await call.reply.finish(answer)),
  relay: absent,
};
const server = createServer({
  ...shared,
  steps,
  replies: new OpenReplies(),
  loopback: true,
  identityKeys: { keys: [] },
  newCallId: () => newId('call', now(), random),
  unready: () => Promise.resolve(undefined),
} as unknown as ServerParts);
await server.listen({ host: '127.0.0.1', port: Number(env('PORT')) });
process.send?.('ready');
