import { expect, it } from 'vitest';
import { readSimSettings } from '../../../../infra/dev/slack-sim/settings.ts';

const complete = {
  SLACK_SIM_REQUEST_URL: 'http://127.0.0.1:7410/slack/events',
  SLACK_SIM_SIGNING_SECRET: 'secret',
  SLACK_SIM_BOT_TOKEN: 'token',
};

it('has loopback, port 7420 and ids that no real workspace has', () => {
  expect(readSimSettings(complete)).toMatchObject({
    host: '127.0.0.1',
    port: 7_420,
    channelId: 'CSIMAPPROVALS',
    teamId: 'TSIMCOUNTERSIGN',
  });
});

it('takes the app’s own variables, so that both can share them', () => {
  const shared = { SLACK_SIGNING_SECRET: 'a', SLACK_BOT_TOKEN: 'b', SLACK_CHANNEL: 'C123', SLACK_TEAM: 'T1' };
  const { SLACK_SIM_REQUEST_URL } = complete;
  expect(readSimSettings({ SLACK_SIM_REQUEST_URL, ...shared })).toMatchObject({
    signingSecret: 'a',
    botToken: 'b',
    channelId: 'C123',
    teamId: 'T1',
  });
});

it.each(['0.0.0.0', '192.168.1.4', '::', 'example.com'])('refuses to listen on %s', (host) => {
  expect(() => readSimSettings({ ...complete, SLACK_SIM_HOST: host })).toThrow(/SLACK_SIM_HOST is not this machine/);
});

it('listens elsewhere only when told so explicitly', () => {
  const env = { ...complete, SLACK_SIM_HOST: '0.0.0.0', SLACK_SIM_ALLOW_OFF_LOOPBACK: '1' };
  expect(readSimSettings(env).host).toBe('0.0.0.0');
});

it('names everything that is missing at once, and no value', () => {
  const attempt = () => readSimSettings({ SLACK_SIM_PORT: 'hunter2' });
  expect(attempt).toThrow(/SLACK_SIM_PORT.*SLACK_SIM_REQUEST_URL.*SLACK_SIM_SIGNING_SECRET.*SLACK_SIM_BOT_TOKEN/);
  expect(attempt).not.toThrow(/hunter2/);
});
