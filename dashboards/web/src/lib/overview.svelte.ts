// The data behind the overview page: asked for when the view changes, again every 15 seconds while the page is seen,
// and kept on the screen until newer data are there.

import {
  ApiError,
  get,
  type Breakdown,
  type BucketWidth,
  type Filters,
  type Health,
  type Mention,
  type MentionPage,
  type Summary,
  type Timeline,
} from './api';
import { preferences, timeZone } from './preferences.svelte';
import { location } from './location.svelte';
import { apiParameters } from './view';

const REFRESH_MS = 15_000;
/** After an error, sooner: whoever sees an error waits for it to end. */
const RETRY_MS = 4_000;
const PAGE = 30;
const MOST_PER_REQUEST = 200;

interface Numbers {
  summary: Summary;
  timeline: Timeline;
  topics: Breakdown;
  sources: Breakdown;
  languages: Breakdown;
  /** Nothing is stored at all, whatever the view. */
  empty: boolean;
}

class Overview {
  numbers = $state.raw<Numbers | null>(null);
  /** The choices of the filter menus; they come last, for nobody looks at them first. */
  filters = $state.raw<Filters | null>(null);
  mentions = $state.raw<Mention[]>([]);
  total = $state(0);
  next = $state<string | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** A view was asked for that is not shown yet. */
  loading = $state(true);
  loadingMore = $state(false);
  updatedAt = $state.raw<Date | null>(null);
  bucket = $state<BucketWidth | null>(null);
  /** What screen readers are told, after a change that the reader made. */
  announcement = $state('');

  private request = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Keeps the data current until the returned function is called. Asks anew whenever the view changes. */
  follow(): () => void {
    document.addEventListener('visibilitychange', this.onVisible);
    return () => {
      document.removeEventListener('visibilitychange', this.onVisible);
      clearTimeout(this.timer);
      this.request.abort();
    };
  }

  /** Loads the view as a new one: the list starts from its first page. */
  open() {
    this.loading = true;
    void this.load(PAGE, true);
  }

  /** Loads what is shown once more, with as many mentions as are shown. */
  refresh() {
    void this.load(Math.min(Math.max(this.mentions.length, PAGE), MOST_PER_REQUEST), false);
  }

  async loadMore() {
    if (this.next === null || this.loadingMore) return;
    this.loadingMore = true;
    const { signal } = this.request;
    const parameters = this.parameters();
    parameters.set('limit', String(PAGE));
    parameters.set('cursor', this.next);
    try {
      const page = await get<MentionPage>('mentions', parameters, signal);
      const known = new Set(this.mentions.map((mention) => mention.id));
      this.mentions = [...this.mentions, ...page.mentions.filter((mention) => !known.has(mention.id))];
      this.next = page.next;
      this.total = page.total;
    } catch (error) {
      if (!signal.aborted) this.fail(error);
    } finally {
      this.loadingMore = false;
    }
  }

  private parameters(): URLSearchParams {
    return apiParameters(location.view, timeZone);
  }

  private async load(limit: number, opened: boolean) {
    this.request.abort();
    const request = (this.request = new AbortController());
    clearTimeout(this.timer);
    const ask = <T>(path: string, extra: Record<string, string> = {}) => {
      const parameters = this.parameters();
      for (const [key, value] of Object.entries(extra)) parameters.set(key, value);
      return get<T>(path, parameters, request.signal);
    };
    try {
      const [summary, timeline, topics, sources, languages, page] = await Promise.all([
        ask<Summary>('summary'),
        ask<Timeline>('timeline', this.bucket === null ? {} : { bucket: this.bucket }),
        ask<Breakdown>('topics', { limit: '40' }),
        ask<Breakdown>('sources', { limit: '40' }),
        ask<Breakdown>('languages', { limit: '40' }),
        ask<MentionPage>('mentions', { limit: String(limit) }),
      ]);
      const empty = page.total === 0 && (await this.storeIsEmpty(request.signal));
      this.numbers = { summary, timeline, topics, sources, languages, empty };
      this.show(page, opened);
      this.error = null;
      this.updatedAt = new Date();
      this.loading = false;
      if (opened) this.announcement = preferences.t.announce(preferences.format.number(page.total));
      this.filters = await ask<Filters>('filters');
    } catch (error) {
      if (request.signal.aborted) return; // a newer request took over
      this.fail(error);
    }
    this.loading = false;
    // A wrong address does not mend itself.
    if (this.error?.status === 400) return;
    this.timer = setTimeout(this.onTimer, this.error === null ? REFRESH_MS : RETRY_MS);
  }

  /** Only asked when the view has no mentions: counting all that is stored takes longer than any other question. */
  private async storeIsEmpty(signal: AbortSignal): Promise<boolean> {
    const health = await get<Health>('health', new URLSearchParams(), signal);
    return health.mentions === 0;
  }

  /** Puts the newest mentions in place; those further down, which a refresh did not ask for, stay. */
  private show(page: MentionPage, opened: boolean) {
    const shown = new Set(page.mentions.map((mention) => mention.id));
    const last = page.mentions.at(-1);
    const further =
      opened || page.next === null || last === undefined || this.mentions.length <= MOST_PER_REQUEST
        ? []
        : this.mentions.filter((mention) => mention.published_at <= last.published_at && !shown.has(mention.id));
    this.mentions = [...page.mentions, ...further];
    if (further.length === 0) this.next = page.next;
    this.total = page.total;
  }

  private fail(error: unknown) {
    this.error = error instanceof ApiError ? error : new ApiError(0, 'unknown', String(error));
  }

  private onTimer = () => {
    if (document.visibilityState === 'visible') this.refresh();
  };

  private onVisible = () => {
    const age = Date.now() - (this.updatedAt?.getTime() ?? 0);
    if (document.visibilityState === 'visible' && age > REFRESH_MS) this.refresh();
  };
}

export const overview = new Overview();
