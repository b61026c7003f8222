// The list of mentions: its first page, which is kept current, and those that were loaded after it.

import { get, type Mention, type MentionPage, type Triage, type UncountedPage } from '../../lib/api';
import { location } from '../../lib/location.svelte';
import { preferences } from '../../lib/preferences.svelte';
import { Resource } from '../../lib/resource.svelte';
import { status } from '../../lib/status.svelte';
import { apiParameters } from '../../lib/view';

const PAGE = '50';

/** What stands in the address besides the view. */
const EXTRAS = ['sort', 'fold', 'story', 'thread', 'noted'] as const;

/** What the API is asked beside the view. */
export const listed = (): Record<string, string> =>
  Object.fromEntries(EXTRAS.map((key) => [key, location.extras[key] ?? ''] as const).filter(([, value]) => value !== ''));

class List {
  /** What was noted since the list was loaded, by id. */
  private noted = $state.raw<Readonly<Record<string, Triage>>>({});
  /** Pages after the first. */
  private further = $state.raw<Mention[]>([]);
  private next = $state.raw<string | null>(null);
  loadingMore = $state(false);
  /** How many mentions came since the list was opened, while somebody reads further down. */
  newer = $state(0);
  selected = $state.raw<ReadonlySet<string>>(new Set());

  readonly first: Resource<MentionPage>;

  constructor() {
    this.first = new Resource<MentionPage>(async (ask, _signal, opened) => {
      const shown = this.first.data;
      const page = await ask<MentionPage>('mentions', { ...listed(), limit: PAGE });
      if (!opened && shown !== null && this.further.length > 0) {
        // What is being read stays where it is.
        this.newer = Math.max(0, page.total - shown.total);
        return shown;
      }
      if (opened) {
        this.noted = {};
        this.selected = new Set();
        status.announcement = preferences.t.announce(preferences.format.number(page.total));
      }
      this.further = [];
      this.next = page.next;
      this.newer = 0;
      return page;
    });
  }

  mentions(page: MentionPage): Mention[] {
    const all = this.further.length === 0 ? page.mentions : [...page.mentions, ...this.further];
    const noted = this.noted;
    return all.map((mention) => (mention.id in noted ? { ...mention, triage: noted[mention.id] ?? null } : mention));
  }

  /** Shows what was noted at once; the list itself stays as it is until it is opened again. */
  note(noted: Readonly<Record<string, Triage>>) {
    this.noted = { ...this.noted, ...noted };
  }

  get more(): boolean {
    return this.next !== null;
  }

  async loadMore() {
    if (this.next === null || this.loadingMore) return;
    this.loadingMore = true;
    const asked = this.next;
    const parameters = apiParameters(location.view, preferences);
    for (const [key, value] of Object.entries({ ...listed(), limit: PAGE, cursor: asked, count: 'false' })) parameters.set(key, value);
    try {
      const page = await get<UncountedPage>('mentions', parameters, new AbortController().signal);
      if (this.next !== asked) return; // another list was opened meanwhile
      const known = new Set([...(this.first.data?.mentions ?? []), ...this.further].map((mention) => mention.id));
      this.further = [...this.further, ...page.mentions.filter((mention) => !known.has(mention.id))];
      this.next = page.next;
    } catch (error) {
      this.first.fail(error);
    } finally {
      this.loadingMore = false;
    }
  }

  toggle(id: string) {
    const selected = new Set(this.selected);
    if (!selected.delete(id)) selected.add(id);
    this.selected = selected;
  }
}

export const list = new List();
