import type { KnownBlock } from '@slack/types';
import type { ToolAlarm } from '../../workflows/contract/tool-alarm.ts';
import type { Card } from './card.ts';
import { fieldsSection, lineOfText, plainText, preformatted } from './elements.ts';
import { factCharsMax, slackLimits } from './limits.ts';
import { escapeEntities, fitText, revealLine } from './safe-text.ts';
import { simulatorStamp, type CardChannel } from './simulator-stamp.ts';

/** Names that mean nothing to a shell; only such a name is put into a command to copy (SEP-986 allows no others). */
const plainName = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}$/;
const changedNamesMax = 10;

/**
 * PURE. Tells approvers that a tool is not what it was: which one, which parts of its definition, and what to do. The
 * definition itself stays out of the channel: it may be written to persuade, and is looked at with the command.
 */
export function renderToolAlarm(alarm: ToolAlarm, channel: CardChannel): Card {
  const tool = revealLine(`${alarm.connection}.${alarm.tool}`);
  const changed = alarm.changed.slice(0, changedNamesMax).map(revealLine).join(', ');
  const facts: [string, string][] = [
    ['Tool', tool],
    ['Changed', changed === '' ? 'its definition' : changed],
    ['Calls now', callsNow[alarm.callsAre]],
    ['Seen', alarm.seenAt],
  ];
  const shown = facts.map(([label, text]) => [label, fitText(text, factCharsMax).text] as const);
  const steps = 'Look at the new definition, and accept it if it is what it should be:';
  const commands = commandsFor(alarm);
  const title = fitText(`Tool changed: ${tool}`, slackLimits.headerCharsMax).text;
  const blocks: KnownBlock[] = [
    ...(channel === 'slack-sim' ? [{ type: 'context' as const, elements: [plainText(simulatorStamp)] }] : []),
    { type: 'header', text: plainText(title) },
    fieldsSection(shown.map(([label, text]) => `${label}\n${text}`)),
    lineOfText(steps),
    preformatted(commands),
  ];
  const stamp = channel === 'slack-sim' ? `${simulatorStamp} ` : '';
  const told = shown.map(([label, text]) => `${label}: ${text.replace(/\.$/, '')}.`).join(' ');
  return { blocks, text: escapeEntities(`${stamp}${title}. ${told} ${steps} ${commands.replaceAll('\n', ' ; ')}`) };
}

const callsNow: Record<ToolAlarm['callsAre'], string> = {
  held: 'wait for approval until somebody accepts the new definition.',
  blocked: 'are blocked until somebody accepts the new definition.',
};

function commandsFor({ connection, tool, digest }: ToolAlarm): string {
  const about = `--connection ${connection}`;
  if (!plainName.test(tool)) return `countersign tools list ${about}`;
  const named = `${about} --tool ${tool} --digest ${digest}`;
  return `countersign tools show ${named}\ncountersign tools accept ${named}`;
}
