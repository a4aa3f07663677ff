import { describe, expect, it } from 'vitest';
import { slackLimits } from '../../../../slack-app/render/limits.ts';
import { renderToolAlarm } from '../../../../slack-app/render/tool-alarm.ts';
import type { ToolAlarm } from '../../../../workflows/contract/tool-alarm.ts';

const digest = 'ab'.repeat(32);
const alarmWith = (changes: Partial<ToolAlarm> = {}): ToolAlarm => ({
  connection: 'ops',
  tool: 'apply_config',
  digest,
  changed: ['description', 'inputSchema'],
  callsAre: 'held',
  seenAt: '2026-11-24T12:00:00.000Z',
  ...changes,
});

describe('the alarm about a tool', () => {
  it('says which tool, what of it changed, what calls come to, and how to accept it', () => {
    const { blocks, text } = renderToolAlarm(alarmWith(), 'slack');
    for (const shown of [text, JSON.stringify(blocks)]) {
      expect(shown).toContain('Tool changed: ops.apply_config');
      expect(shown).toContain('description, inputSchema');
      expect(shown).toContain('wait for approval');
      expect(shown).toContain(`countersign tools accept --connection ops --tool apply_config --digest ${digest}`);
    }
    expect(renderToolAlarm(alarmWith({ callsAre: 'blocked' }), 'slack').text).toContain('are blocked');
  });

  it.each(['a; rm -rf /', '$(id)', '-x', 'a\nb', `a'b`])(
    'puts no name into a command that a shell would obey: %j',
    (tool) => {
      const { blocks, text } = renderToolAlarm(alarmWith({ tool }), 'slack');
      expect(JSON.stringify(blocks)).toContain('countersign tools list --connection ops');
      expect(`${JSON.stringify(blocks)}${text}`).not.toContain('--tool');
    },
  );

  it('shows what is hidden in a name, and stays within the limits of Slack', () => {
    const { blocks, text } = renderToolAlarm(alarmWith({ tool: `a\u202eb<!here>${'x'.repeat(300)}` }), 'slack');
    expect(text).toContain('⟦U+202E⟧');
    expect(text).not.toContain('<!here>');
    const header = blocks.find((block) => block.type === 'header');
    expect(header?.type === 'header' ? header.text.text.length : 0).toBeLessThanOrEqual(slackLimits.headerCharsMax);
  });

  it('carries the stamp of the stand-in there, and only there', () => {
    expect(JSON.stringify(renderToolAlarm(alarmWith(), 'slack-sim').blocks)).toContain('SIMULATOR');
    expect(JSON.stringify(renderToolAlarm(alarmWith(), 'slack'))).not.toContain('SIMULATOR');
  });
});
