import { checkView } from '../blocks/check-view.ts';
import { fillIds } from '../blocks/fill-ids.ts';
import { findPersona } from '../personas.ts';
import { isRecord, type JsonRecord } from '../records.ts';
import { SlackError } from '../slack-error.ts';
import type { OpenView } from '../view-stacks.ts';
import type { Workspace } from '../workspace.ts';
import { stringArgument, type ApiCall, type ApiMethod } from './api-call.ts';

export const viewMethods: Readonly<Record<string, ApiMethod>> = {
  'views.open': (call) => {
    const { args, workspace } = call;
    const trigger = workspace.triggers.check(stringArgument(args, 'trigger_id'));
    const view = workspace.views.open(trigger.userId, acceptView(args['view'], 'modal', workspace));
    workspace.triggers.exchange(trigger, view.id);
    return { view: workspace.views.describe(view) };
  },

  'views.push': (call) => {
    const { args, workspace } = call;
    const trigger = workspace.triggers.check(stringArgument(args, 'trigger_id'));
    const below = workspace.views.find(trigger.fromView);
    if (below === undefined) throw new SlackError('invalid_trigger_id');
    const view = workspace.views.push(below, acceptView(args['view'], 'modal', workspace));
    workspace.triggers.exchange(trigger, view.id);
    return { view: workspace.views.describe(view) };
  },

  'views.update': (call) => {
    const { args, workspace } = call;
    const content = acceptView(args['view'], 'modal', workspace);
    const updated = workspace.views.update(openViewOf(call), content, stringArgument(args, 'hash'));
    return { view: workspace.views.describe(updated) };
  },

  'views.publish': ({ args, workspace }) => {
    const persona = findPersona(stringArgument(args, 'user_id'));
    if (persona === undefined) throw new SlackError('user_not_found');
    const content = acceptView(args['view'], 'home', workspace);
    const home = workspace.views.publish(persona.id, content, stringArgument(args, 'hash'));
    return { view: workspace.views.describe(home) };
  },
};

/** Checks a view and fills in the ids its author left out. Throws `invalid_arguments` with the reasons. */
export function acceptView(view: unknown, expected: 'modal' | 'home', { chance }: Workspace): JsonRecord {
  if (!isRecord(view)) throw new SlackError('invalid_arguments', ['[ERROR] missing required field: view']);
  const problems = checkView(view, expected);
  if (problems.length > 0) throw new SlackError('invalid_arguments', problems);
  return { ...view, blocks: fillIds(view['blocks'], chance.newId) };
}

function openViewOf({ args, workspace }: ApiCall): OpenView {
  const externalId = stringArgument(args, 'external_id');
  const view =
    externalId === undefined
      ? workspace.views.find(stringArgument(args, 'view_id'))
      : workspace.views.of(undefined).find(({ content }) => content['external_id'] === externalId);
  if (view === undefined) throw new SlackError('not_found');
  return view;
}
