import { pino } from 'pino';
import { expect, it } from 'vitest';
import { wrapLogger } from '../../../slack-app/slack-logger.ts';

it('drops the debug level and everything that is not plain words', () => {
  const lines: string[] = [];
  const logger = wrapLogger(pino({ level: 'trace' }, { write: (line: string) => lines.push(line) }));
  logger.debug('http request body: canary');
  logger.error('request failed', new TypeError('canary'), { body: 'canary' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('request failed TypeError object');
  expect(lines[0]).not.toContain('canary');
});
