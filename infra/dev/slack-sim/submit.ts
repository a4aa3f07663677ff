import { stateOf } from './blocks/input-state.ts';
import type { Deliverer } from './delivery/deliverer.ts';
import { formOf, viewSubmission } from './delivery/payloads.ts';
import type { Persona } from './personas.ts';
import { isRecord, type JsonRecord } from './records.ts';
import { SlackError } from './slack-error.ts';
import type { OpenView } from './view-stacks.ts';
import { acceptView } from './web-api/views.ts';
import type { Workspace } from './workspace.ts';

export interface SubmitResult {
  readonly httpStatus: number;
  readonly ackMs: number;
  readonly response_action?: string;
  /** By block id, for the modal to show beside its inputs. */
  readonly errors?: Readonly<Record<string, string>>;
  /** Why the app's answer could not be followed; Slack shows the person a general error then. */
  readonly problem?: string;
}

/**
 * Submits a modal and does what the app answers: nothing said closes it, `clear` closes all of them, `errors` keeps it
 * open, `update` and `push` show another. Without an acknowledgement it stays open.
 */
export async function submitView(
  { workspace, deliverer }: { readonly workspace: Workspace; readonly deliverer: Deliverer },
  persona: Persona,
  view: OpenView,
  values: unknown,
): Promise<SubmitResult> {
  const described = workspace.views.describe(view, stateOf(workspace.views.describe(view).blocks, values));
  const trigger = workspace.triggers.make(persona.id, view.id);
  const subject = { kind: 'view_submission', user: persona.id, viewId: view.id, what: described.callback_id } as const;
  const payload = viewSubmission(workspace, persona, described, trigger.id);
  const delivery = await deliverer.deliver(subject, formOf(payload));
  const told = { httpStatus: delivery.httpStatus, ackMs: delivery.ackMs };
  if (!delivery.acknowledged) return told;
  // The app may have changed or closed the view while it was thinking.
  const current = workspace.views.find(view.id);
  return { ...told, ...(current === undefined ? {} : follow(workspace, current, delivery.response)) };
}

function follow(workspace: Workspace, view: OpenView, response: string): Omit<SubmitResult, 'httpStatus' | 'ackMs'> {
  const answer = parseAnswer(response);
  const action = answer['response_action'];
  switch (action) {
    case undefined:
      workspace.views.close(view, { all: false });
      return {};
    case 'clear':
      workspace.views.close(view, { all: true });
      return { response_action: action };
    case 'errors':
      return { response_action: action, errors: errorsOf(answer['errors']) };
    case 'update':
    case 'push':
      return showNext(workspace, view, action, answer['view']);
    default:
      return { problem: 'The app answered with a response_action that Slack does not know.' };
  }
}

function showNext(
  workspace: Workspace,
  view: OpenView,
  action: 'update' | 'push',
  next: unknown,
): Omit<SubmitResult, 'httpStatus' | 'ackMs'> {
  try {
    const content = acceptView(next, 'modal', workspace);
    if (action === 'update') workspace.views.update(view, content);
    else workspace.views.push(view, content);
    return { response_action: action };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    return { response_action: action, problem: [error.code, ...error.messages].join(' ') };
  }
}

function errorsOf(errors: unknown): Record<string, string> {
  const entries = isRecord(errors) ? Object.entries(errors) : [];
  return Object.fromEntries(entries.map(([blockId, text]) => [blockId, String(text)]));
}

function parseAnswer(response: string): JsonRecord {
  if (response.trim() === '') return {};
  try {
    const answer: unknown = JSON.parse(response);
    return isRecord(answer) ? answer : {};
  } catch {
    return {};
  }
}
