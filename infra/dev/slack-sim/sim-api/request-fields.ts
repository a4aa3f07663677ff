import { Impossible } from '../interactions.ts';
import { findPersona, type Persona } from '../personas.ts';
import { isRecord, textOf, type JsonRecord } from '../records.ts';
import type { OpenView } from '../view-stacks.ts';
import type { Channel, Workspace } from '../workspace.ts';

export function bodyOf(body: unknown): JsonRecord {
  if (!isRecord(body)) throw new Impossible(400, 'Send a JSON object.');
  return body;
}

export function stringField(body: JsonRecord, name: string): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '') throw new Impossible(400, `Give "${name}" as a text.`);
  return value;
}

/** By user id or name. */
export function personaNamed(user: unknown): Persona {
  const persona = findPersona(user);
  if (persona === undefined) throw new Impossible(404, 'There is no such user; GET /_sim/users lists them.');
  return persona;
}

/** By id; `#approvals` unless told. */
export function channelNamed(workspace: Workspace, id: unknown): Channel {
  const channel = workspace.channel(id === undefined ? workspace.channelId : textOf(id));
  if (channel === undefined) throw new Impossible(404, 'There is no such channel; GET /_sim/channels lists them.');
  return channel;
}

/** A modal that this person, and nobody else, has open. */
export function viewNamed({ views }: Workspace, viewId: string, persona: Persona): OpenView {
  const view = views.find(viewId);
  if (view === undefined || view.userId !== persona.id) {
    throw new Impossible(404, 'This user has no such modal open; GET /_sim/views?user= lists them.');
  }
  return view;
}
