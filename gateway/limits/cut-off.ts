import type { WaitingCalls } from '../hold/waiting-calls.ts';
import type { OpenReplies } from '../release/open-replies.ts';
import type { Pause } from './pause-store.ts';
import { stops } from './pauses.ts';

export interface CutOffParts {
  readonly replies: OpenReplies;
  readonly waiting: WaitingCalls;
}

/**
 * A pause is in force: streams without an end of their own end now, and whoever opens them again is refused. With `now`
 * so does what is under way: what is with its server ends as `unknown`, and who waits for an approval reads `paused`.
 */
export function cutOffPaused({ replies, waiting }: CutOffParts, pause: Pause): void {
  const { now } = pause;
  replies.cutOff(
    ({ sender, endless }) => (now || endless) && sender !== undefined && stops(pause, sender),
    'an operator paused it',
  );
  if (now) waiting.turnAway(pause, ({ call }) => stops(pause, call));
}
