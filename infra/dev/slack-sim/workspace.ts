import type { Chance } from './chance.ts';
import { Changes } from './changes.ts';
import { Messages } from './messages.ts';
import { personas } from './personas.ts';
import { ResponseUrls } from './response-urls.ts';
import { Triggers } from './triggers.ts';
import { ViewStacks } from './view-stacks.ts';

export interface Channel {
  readonly id: string;
  readonly name: string;
  /** The person of a direct conversation with the app. */
  readonly with?: string;
}

/** All state of the stand-in. It lives in memory, as long as the process. */
export class Workspace {
  readonly teamId: string;
  /** The one channel, `#approvals`. */
  readonly channelId: string;
  readonly chance: Chance;
  readonly changes = new Changes();
  readonly messages: Messages;
  readonly views: ViewStacks;
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  readonly #channels = new Map<string, Channel>();

  constructor(place: { readonly teamId: string; readonly channelId: string }, chance: Chance) {
    this.teamId = place.teamId;
    this.channelId = place.channelId;
    this.chance = chance;
    this.messages = new Messages(chance, this.changes);
    this.views = new ViewStacks(place.teamId, chance, this.changes);
    this.triggers = new Triggers(chance, this.changes);
    this.responseUrls = new ResponseUrls(chance);
    this.reset();
  }

  channels(): readonly Channel[] {
    return [...this.#channels.values()];
  }

  channel(id: string | undefined): Channel | undefined {
    return id === undefined ? undefined : this.#channels.get(id);
  }

  /** The direct conversation of the app and one person, made when it is first asked for. */
  openDirect(userId: string): Channel {
    const id = `DSIM${userId.slice('USIM'.length)}`;
    const known = this.#channels.get(id);
    if (known !== undefined) return known;
    const opened: Channel = { id, name: 'directmessage', with: userId };
    this.#channels.set(id, opened);
    this.changes.tell();
    return opened;
  }

  /**
   * Everybody is in the channel, even those who could not be in such a channel of a real workspace: the app has to
   * refuse them by itself.
   */
  membersOf({ with: person }: Channel): readonly string[] {
    return person === undefined ? personas.map(({ id }) => id) : [person];
  }

  reset(): void {
    this.#channels.clear();
    this.#channels.set(this.channelId, { id: this.channelId, name: 'approvals' });
    this.messages.clear();
    this.views.clear();
    this.triggers.clear();
    this.responseUrls.clear();
    this.changes.tell();
  }
}
