/** Where cards go. Decisions made in the stand-in are stamped as such everywhere. */
export type CardChannel = 'slack' | 'slack-sim';

export const simulatorStamp = 'LOCAL SLACK SIMULATOR, not Slack: a decision made here proves nobody’s identity.';
