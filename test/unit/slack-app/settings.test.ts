import { describe, expect, it } from 'vitest';
import { readSlackSettings } from '../../../slack-app/settings.ts';

const complete = {
  SLACK_BOT_TOKEN: 'token-value',
  SLACK_SIGNING_SECRET: 'secret-value',
  SLACK_CHANNEL: 'C0CARDS',
  SLACK_TEAM: 'T0HOME',
  COUNTERSIGN_DECISION_SIGNING_KEY_FILE: '/run/keys/decisions.jwk',
};

describe('the settings', () => {
  it('are Slack itself on port 7410 unless something else is said', () => {
    expect(readSlackSettings(complete)).toMatchObject({
      channel: 'slack',
      apiUrl: undefined,
      host: '127.0.0.1',
      port: 7410,
    });
  });

  it('name every problem at once, and no value', () => {
    const env = { SLACK_BOT_TOKEN: 'token-value', SLACK_CHANNEL: '#approvals', COUNTERSIGN_SLACK_PORT: 'http' };
    expect(() => readSlackSettings(env)).toThrow(
      /SLACK_SIGNING_SECRET.*SLACK_TEAM.*COUNTERSIGN_DECISION_SIGNING_KEY_FILE.*SLACK_CHANNEL.*COUNTERSIGN_SLACK_PORT/,
    );
    expect(() => readSlackSettings(env)).not.toThrow(/token-value|#approvals/);
  });

  it('count an empty signing secret as none', () => {
    expect(() => readSlackSettings({ ...complete, SLACK_SIGNING_SECRET: '' })).toThrow('SLACK_SIGNING_SECRET');
  });

  it.each([
    'http://127.0.0.1:7420/api/',
    'https://slack.com.evil.example/api/',
    'https://notslack.com/api/',
    'http://slack.com/api/',
    'not a url',
  ])('refuse a Web API that is not Slack’s: %s', (SLACK_API_URL) => {
    expect(() => readSlackSettings({ ...complete, SLACK_API_URL })).toThrow('SLACK_API_URL');
  });

  it('allow the simulator when told to, and then say so in every decision', () => {
    const env = { ...complete, SLACK_API_URL: 'http://127.0.0.1:7420/api/', APPROVALS_ALLOW_SIMULATOR: '1' };
    expect(readSlackSettings(env)).toMatchObject({ channel: 'slack-sim', apiUrl: 'http://127.0.0.1:7420/api/' });
    const slack = { ...complete, SLACK_API_URL: 'https://slack.com/api/', APPROVALS_ALLOW_SIMULATOR: '1' };
    expect(readSlackSettings(slack)).toMatchObject({ channel: 'slack' });
  });

  it('refuse the signing secret of the trial with Slack itself, since everybody knows it', () => {
    const env = { ...complete, SLACK_SIGNING_SECRET: 'trial-signing-secret' };
    expect(() => readSlackSettings(env)).toThrow('SLACK_SIGNING_SECRET');
    const simulated = { ...env, SLACK_API_URL: 'http://127.0.0.1:7420/api/', APPROVALS_ALLOW_SIMULATOR: '1' };
    expect(readSlackSettings(simulated).channel).toBe('slack-sim');
  });
});
