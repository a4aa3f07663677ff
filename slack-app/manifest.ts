import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import type { AppsManifestCreateArguments } from '@slack/web-api';
import { stringify } from 'yaml';
import { eventsPath } from './receiver/fastify-receiver.ts';

type Manifest = Extract<AppsManifestCreateArguments['manifest'], object>;

/**
 * PURE. The app as api.slack.com/apps creates it from a manifest. Each scope is used by one call of this program:
 * `chat:write` cards and private notes, `users:read` and `users:read.email` who decided, `channels:read` and
 * `groups:read` whether the channel is shared with another company, the histories finding a card after a crash.
 */
export function appManifest(host: string): Manifest {
  return {
    display_information: {
      name: 'Countersign',
      description: 'Human approval for high-risk MCP tool calls',
    },
    features: { bot_user: { display_name: 'countersign', always_online: true } },
    oauth_config: {
      scopes: {
        bot: ['chat:write', 'users:read', 'users:read.email', 'channels:read', 'groups:read'],
        bot_optional: ['channels:history', 'groups:history'],
      },
    },
    settings: {
      interactivity: { is_enabled: true, request_url: `https://${host}${eventsPath}` },
      org_deploy_enabled: false,
      socket_mode_enabled: false,
      token_rotation_enabled: false,
    },
  };
}

const usage =
  'Give the public host of the Slack app: node --import tsx slack-app/manifest.ts --host example.com [--json]';

function printManifest(args: string[]): number {
  const { values } = parseArgs({
    args,
    options: { host: { type: 'string' }, json: { type: 'boolean' } },
    strict: true,
  });
  if (values.host === undefined || !/^[a-z0-9.-]+(:[0-9]{1,5})?$/i.test(values.host)) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const manifest = appManifest(values.host);
  process.stdout.write(values.json === true ? `${JSON.stringify(manifest, undefined, 2)}\n` : stringify(manifest));
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = printManifest(process.argv.slice(2));
