/**
 * What the stand-in reads from its environment.
 * - SLACK_SIM_HOST (127.0.0.1), SLACK_SIM_PORT (7420): where it listens. Anybody who reaches it can act as any
 *   persona, so another host than this machine needs SLACK_SIM_ALLOW_OFF_LOOPBACK=1, meant for a container whose
 *   port is published to this machine only
 * - SLACK_SIM_REQUEST_URL: the app's URL for interactions and commands
 * - SLACK_SIM_SIGNING_SECRET, SLACK_SIM_BOT_TOKEN, SLACK_SIM_CHANNEL (CSIMAPPROVALS), SLACK_SIM_TEAM
 *   (TSIMCOUNTERSIGN); each falls back to the app's own variable (SLACK_SIGNING_SECRET, …), so both may share one file
 * - SLACK_SIM_URL: where the app reaches the stand-in, when that is not where the page is opened
 * - SLACK_SIM_POSTS_PER_SECOND: limits chat.postMessage per channel as Slack does (1); unlimited unless told
 */
export interface SimSettings {
  readonly host: string;
  readonly port: number;
  readonly requestUrl: string;
  readonly signingSecret: string;
  readonly botToken: string;
  readonly channelId: string;
  readonly teamId: string;
  readonly publicUrl: string | undefined;
  readonly postsPerSecond: number | undefined;
}

const loopback = /^(127(\.\d{1,3}){3}|::1|localhost)$/;
const portDefault = '7420';

/** All problems at once, by name and never by value. */
export function readSimSettings(env: NodeJS.ProcessEnv): SimSettings {
  const read = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const problems: string[] = [];
  const need = (name: string, fallback?: string): string => {
    const value = read(name) ?? (fallback === undefined ? undefined : read(fallback));
    if (value === undefined) problems.push(`Set ${name}.`);
    return value ?? '';
  };
  const host = read('SLACK_SIM_HOST') ?? '127.0.0.1';
  if (!loopback.test(host) && env['SLACK_SIM_ALLOW_OFF_LOOPBACK'] !== '1') {
    problems.push(
      'SLACK_SIM_HOST is not this machine, and whoever reaches the stand-in can act as anybody; use 127.0.0.1.',
    );
  }
  const port = Number(read('SLACK_SIM_PORT') ?? portDefault);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) problems.push('SLACK_SIM_PORT is no port number.');
  const requestUrl = need('SLACK_SIM_REQUEST_URL');
  if (requestUrl !== '' && !isHttpUrl(requestUrl)) problems.push('SLACK_SIM_REQUEST_URL is no http(s) URL.');
  const rate = read('SLACK_SIM_POSTS_PER_SECOND');
  if (rate !== undefined && !(Number(rate) > 0)) problems.push('SLACK_SIM_POSTS_PER_SECOND is no positive number.');
  const channelId = read('SLACK_SIM_CHANNEL') ?? read('SLACK_CHANNEL') ?? 'CSIMAPPROVALS';
  if (!/^C[A-Z0-9]{2,}$/.test(channelId)) problems.push('SLACK_SIM_CHANNEL is no channel id (C…).');
  const signingSecret = need('SLACK_SIM_SIGNING_SECRET', 'SLACK_SIGNING_SECRET');
  const botToken = need('SLACK_SIM_BOT_TOKEN', 'SLACK_BOT_TOKEN');
  if (problems.length > 0) throw new Error(`The Slack stand-in cannot start. ${problems.join(' ')}`);
  return {
    host,
    port,
    requestUrl,
    signingSecret,
    botToken,
    channelId,
    teamId: read('SLACK_SIM_TEAM') ?? read('SLACK_TEAM') ?? 'TSIMCOUNTERSIGN',
    publicUrl: read('SLACK_SIM_URL'),
    postsPerSecond: rate === undefined ? undefined : Number(rate),
  };
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
