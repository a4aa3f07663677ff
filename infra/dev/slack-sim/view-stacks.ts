import type { Chance } from './chance.ts';
import type { Changes } from './changes.ts';
import { appId, botId } from './personas.ts';
import { isRecord, recordsOf, textOf, type JsonRecord } from './records.ts';
import { SlackError } from './slack-error.ts';

/** How many modals may lie on each other. */
const viewsInStackMax = 3;

export interface OpenView {
  readonly id: string;
  readonly userId: string;
  readonly hash: string;
  readonly rootId: string;
  readonly previousId: string | undefined;
  /** The view as the app sent it, with ids on every block. */
  readonly content: JsonRecord;
}

/** The open modals of every person, and the Home tab the app published for them. */
export class ViewStacks {
  readonly #teamId: string;
  readonly #chance: Chance;
  readonly #changes: Changes;
  readonly #stacks = new Map<string, OpenView[]>();
  readonly #homes = new Map<string, OpenView>();

  constructor(teamId: string, chance: Chance, changes: Changes) {
    this.#teamId = teamId;
    this.#chance = chance;
    this.#changes = changes;
  }

  /** Bottom first; the last one is on top. */
  of(userId: string | undefined): readonly OpenView[] {
    return userId === undefined ? [...this.#stacks.values()].flat() : (this.#stacks.get(userId) ?? []);
  }

  find(id: string | undefined): OpenView | undefined {
    return this.of(undefined).find((view) => view.id === id);
  }

  /** Opens a modal for a person. What was open before is closed, as in Slack. */
  open(userId: string, content: JsonRecord): OpenView {
    const id = this.#newViewId();
    const view = { id, userId, hash: this.#newHash(), rootId: id, previousId: undefined, content };
    this.#set(userId, [view]);
    return view;
  }

  push(below: OpenView, content: JsonRecord): OpenView {
    const stack = this.of(below.userId);
    if (stack.length >= viewsInStackMax) throw new SlackError('push_limit_reached');
    const { userId, rootId } = below;
    const top = stack.at(-1)?.id;
    const view = { id: this.#newViewId(), userId, hash: this.#newHash(), rootId, previousId: top, content };
    this.#set(userId, [...stack, view]);
    return view;
  }

  /** Throws `hash_conflict` when `expectedHash` is no longer the view's. */
  update(view: OpenView, content: JsonRecord, expectedHash?: string): OpenView {
    if (expectedHash !== undefined && expectedHash !== view.hash) throw new SlackError('hash_conflict');
    const updated = { ...view, content, hash: this.#newHash() };
    this.#set(
      view.userId,
      this.of(view.userId).map((open) => (open.id === view.id ? updated : open)),
    );
    return updated;
  }

  /** Closes the top modal, or all of the person's. */
  close(view: OpenView, { all }: { readonly all: boolean }): void {
    this.#set(view.userId, all ? [] : this.of(view.userId).filter(({ id }) => id !== view.id));
  }

  publish(userId: string, content: JsonRecord, expectedHash?: string): OpenView {
    const before = this.#homes.get(userId);
    if (expectedHash !== undefined && expectedHash !== before?.hash) throw new SlackError('hash_conflict');
    const id = before?.id ?? this.#newViewId();
    const home = { id, userId, hash: this.#newHash(), rootId: id, previousId: undefined, content };
    this.#homes.set(userId, home);
    this.#changes.tell();
    return home;
  }

  home(userId: string): OpenView | undefined {
    return this.#homes.get(userId);
  }

  /** A view as the Web API and payloads show it. */
  describe({ id, hash, rootId, previousId, content }: OpenView, state: JsonRecord = {}): DescribedView {
    return {
      id,
      team_id: this.#teamId,
      app_id: appId,
      app_installed_team_id: this.#teamId,
      bot_id: botId,
      type: textOf(content['type']) ?? 'modal',
      title: plainText(content['title']),
      submit: isRecord(content['submit']) ? plainText(content['submit']) : null,
      close: isRecord(content['close']) ? plainText(content['close']) : null,
      blocks: recordsOf(content['blocks']),
      state: { values: state },
      hash,
      callback_id: textOf(content['callback_id']) ?? '',
      external_id: textOf(content['external_id']) ?? '',
      private_metadata: textOf(content['private_metadata']) ?? '',
      root_view_id: rootId,
      previous_view_id: previousId ?? null,
      clear_on_close: content['clear_on_close'] === true,
      notify_on_close: content['notify_on_close'] === true,
    };
  }

  clear(): void {
    this.#stacks.clear();
    this.#homes.clear();
  }

  #set(userId: string, stack: OpenView[]): void {
    this.#stacks.set(userId, stack);
    this.#changes.tell();
  }

  #newViewId(): string {
    return `VSIM${this.#chance.newId()}`;
  }

  #newHash(): string {
    return `${Math.floor(this.#chance.now() / 1_000)}.${this.#chance.newId()}`;
  }
}

export interface DescribedView {
  readonly id: string;
  readonly team_id: string;
  readonly app_id: string;
  readonly app_installed_team_id: string;
  readonly bot_id: string;
  readonly type: string;
  readonly title: PlainText;
  readonly submit: PlainText | null;
  readonly close: PlainText | null;
  readonly blocks: readonly JsonRecord[];
  readonly state: { readonly values: JsonRecord };
  readonly hash: string;
  readonly callback_id: string;
  readonly external_id: string;
  readonly private_metadata: string;
  readonly root_view_id: string;
  readonly previous_view_id: string | null;
  readonly clear_on_close: boolean;
  readonly notify_on_close: boolean;
}

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: boolean;
}

function plainText(value: unknown): PlainText {
  const text = isRecord(value) ? value : {};
  return { type: 'plain_text', text: textOf(text['text']) ?? '', emoji: text['emoji'] !== false };
}
