import type { CardChannel } from './render/simulator-stamp.ts';

/** What the Slack app reads from its environment, besides Temporal's own variables. */
export interface SlackSettings {
  readonly botToken: string;
  readonly signingSecret: string;
  readonly channelId: string;
  readonly teamId: string;
  /** Base URL of the Web API when it is not Slack's own. */
  readonly apiUrl: string | undefined;
  /** `slack-sim` when the Web API is not Slack's own: every decision says so. */
  readonly channel: CardChannel;
  readonly signingKeyFile: string;
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
}

const required = [
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_CHANNEL',
  'SLACK_TEAM',
  'COUNTERSIGN_DECISION_SIGNING_KEY_FILE',
] as const;
const channelId = /^[CG][A-Z0-9]{2,}$/;
/** What `docker-compose.yml` falls back to. With it anybody could sign clicks, so it serves the stand-in only. */
const publicSecrets = new Set(['trial-signing-secret']);
const portDefault = '7410';

/** All problems at once, by name and never by value. */
export function readSlackSettings(env: NodeJS.ProcessEnv): SlackSettings {
  const read = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const problems: string[] = required.filter((name) => read(name) === undefined).map((name) => `${name} is not set.`);
  const channel = read('SLACK_CHANNEL');
  if (channel !== undefined && !channelId.test(channel)) {
    problems.push('SLACK_CHANNEL is no channel id. Use the id (C…) from the channel’s details, not its name.');
  }
  const apiUrl = read('SLACK_API_URL');
  const simulated = apiUrl !== undefined && !isSlackItself(apiUrl);
  if (apiUrl !== undefined && !URL.canParse(apiUrl)) {
    problems.push('SLACK_API_URL is no URL. Leave it out to use Slack.');
  } else if (simulated && env['APPROVALS_ALLOW_SIMULATOR'] !== '1') {
    problems.push('SLACK_API_URL is not Slack. Leave it out, or set APPROVALS_ALLOW_SIMULATOR=1 for a trial.');
  }
  if (!simulated && publicSecrets.has(read('SLACK_SIGNING_SECRET') ?? '')) {
    problems.push('SLACK_SIGNING_SECRET is the one of the trial, which everybody knows. Set your app’s own.');
  }
  const port = Number(read('COUNTERSIGN_SLACK_PORT') ?? portDefault);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    problems.push('COUNTERSIGN_SLACK_PORT is no port number.');
  }
  if (problems.length > 0) throw new Error(`The Slack app cannot start. ${problems.join(' ')}`);
  return {
    botToken: read('SLACK_BOT_TOKEN') ?? '',
    signingSecret: read('SLACK_SIGNING_SECRET') ?? '',
    channelId: channel ?? '',
    teamId: read('SLACK_TEAM') ?? '',
    apiUrl,
    channel: simulated ? 'slack-sim' : 'slack',
    signingKeyFile: read('COUNTERSIGN_DECISION_SIGNING_KEY_FILE') ?? '',
    host: read('COUNTERSIGN_SLACK_HOST') ?? '127.0.0.1',
    port,
    logLevel: read('LOG_LEVEL') ?? 'info',
  };
}

function isSlackItself(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' && (hostname === 'slack.com' || hostname.endsWith('.slack.com'));
}
