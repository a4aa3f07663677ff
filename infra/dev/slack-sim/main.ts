import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { createSlackSim } from './server.ts';
import { readSimSettings } from './settings.ts';

/** The Slack stand-in as a program; its environment is described in `settings.ts`. */
const log = pino({ name: 'slack-sim', level: process.env['LOG_LEVEL'] ?? 'info' });
const idLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const idLength = 10;

try {
  const settings = readSimSettings(process.env);
  const server = createSlackSim(settings, {
    // Monotonic, so that a correction of the system's clock never makes a trigger live longer.
    now: () => performance.timeOrigin + performance.now(),
    newId: () => Array.from(randomBytes(idLength), (byte) => idLetters[byte % idLetters.length]).join(''),
    log,
  });
  await server.listen({ host: settings.host, port: settings.port });
  log.info({ url: `http://${settings.host}:${String(settings.port)}`, channel: settings.channelId }, 'listening');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void server.close();
    });
  }
} catch (error) {
  log.fatal(error instanceof Error ? error.message : 'the Slack stand-in failed');
  process.exitCode = 1;
}
