import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { appManifest } from '../../../slack-app/manifest.ts';

const run = promisify(execFile);
const source = fileURLToPath(new URL('../../../slack-app/', import.meta.url));
const script = join(source, 'manifest.ts');

/** What each scope is for: a Web API call that appears in the source. */
const uses: Record<string, string> = {
  'chat:write': 'chat.postMessage',
  'users:read': 'users.info',
  'users:read.email': 'profile?.email',
  'channels:read': 'conversations.info',
  'groups:read': 'conversations.info',
  'channels:history': 'conversations.history',
  'groups:history': 'conversations.history',
};

describe('the manifest', () => {
  it('asks for no scope without a use, and for no event', async () => {
    const { oauth_config, settings, features } = appManifest('example.com');
    const scopes: string[] = [...(oauth_config?.scopes?.bot ?? []), ...(oauth_config?.scopes?.bot_optional ?? [])];
    expect(scopes.toSorted()).toEqual(Object.keys(uses).toSorted());
    const files = (await readdir(source, { recursive: true })).filter((file) =>
      /^(outbound|identity).*\.ts$/.test(file),
    );
    const text = (await Promise.all(files.map((file) => readFile(join(source, file), 'utf8')))).join('\n');
    for (const call of Object.values(uses)) expect(text).toContain(call);
    expect(settings).not.toHaveProperty('event_subscriptions');
    expect(features).not.toHaveProperty('slash_commands');
  });

  it('sends clicks to the host it is given, as YAML and as JSON', async () => {
    const args = ['--import', 'tsx', script, '--host', 'slack.example.com'];
    const yaml = await run(process.execPath, args);
    expect(parse(yaml.stdout)).toEqual(appManifest('slack.example.com'));
    const json = await run(process.execPath, [...args, '--json']);
    expect(JSON.parse(json.stdout)).toEqual(appManifest('slack.example.com'));
    expect(appManifest('slack.example.com').settings?.interactivity?.request_url).toBe(
      'https://slack.example.com/slack/events',
    );
  }, 30_000);

  it('says how to use it when the host is missing', async () => {
    await expect(run(process.execPath, ['--import', 'tsx', script])).rejects.toMatchObject({ code: 2 });
  }, 30_000);
});
