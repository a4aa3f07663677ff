import type { RecordedCall } from '../call.ts';
import type { Config } from '../config/config.ts';
import type { RequestStates } from '../hold/request-state.ts';
import { refusalOf } from '../limits/turn-away.ts';
import { refusalAfter } from '../release/give-up.ts';
import { refusalAnswer } from '../release/refusals.ts';
import type { FinalAnswer } from '../release/reply.ts';
import { askForPurpose, mayAsk } from './ask.ts';

interface RefuseParts {
  readonly config: () => Config;
  readonly requestStates: RequestStates;
}

/** The answer of a blocked call: a question to its person where nothing but a purpose is missing, else the refusal. */
export function refuseOrAsk({ config, requestStates }: RefuseParts, call: RecordedCall): FinalAnswer {
  const lack = mayAsk(call);
  if (lack !== undefined) return askForPurpose(requestStates, call, lack, config().purposes);
  return refusalAnswer(call, refusalOf(call) ?? refusalAfter(call, undefined));
}
