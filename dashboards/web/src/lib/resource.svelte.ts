// The data behind a page or a panel: asked for when the view changes, again now and then while the page is seen, and kept
// on the screen until newer data are there.

import { ApiError, get } from './api';
import { location } from './location.svelte';
import { preferences } from './preferences.svelte';
import { status } from './status.svelte';
import { apiParameters, type View } from './view';

const REFRESH_MS = 15_000;
/** After an error, sooner: whoever sees an error waits for it to end. */
const RETRY_MS = 4_000;

/** Asks the API about the view of the page; `extra` adds parameters. */
export type Ask = <T>(path: string, extra?: Record<string, string>, view?: View) => Promise<T>;

export class Resource<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** Something was asked for that is not shown yet. */
  loading = $state(true);

  private request = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private updatedAt = 0;

  /** `load` gives the data; `opened` tells a new view from a refresh. */
  constructor(private readonly load: (ask: Ask, signal: AbortSignal, opened: boolean) => Promise<T>) {}

  /** Keeps the data current until the returned function is called; call it in an effect. */
  follow(): () => void {
    document.addEventListener('visibilitychange', this.onVisible);
    return () => {
      document.removeEventListener('visibilitychange', this.onVisible);
      clearTimeout(this.timer);
      this.request.abort();
    };
  }

  /** Loads what is wanted now; what is shown until then is no longer it. */
  open() {
    this.loading = true;
    void this.run(true);
  }

  /** Loads the same once more. */
  refresh() {
    void this.run(false);
  }

  /** Notes an error of an action beside the loading. */
  fail(error: unknown) {
    this.error = error instanceof ApiError ? error : new ApiError(0, 'unknown', String(error));
    status.note(this.error);
  }

  private async run(opened: boolean) {
    this.request.abort();
    const { signal } = (this.request = new AbortController());
    clearTimeout(this.timer);
    const ask: Ask = (path, extra = {}, view = location.view) => {
      const parameters = apiParameters(view, preferences);
      for (const [key, value] of Object.entries(extra)) parameters.set(key, value);
      return get(path, parameters, signal);
    };
    try {
      const data = await this.load(ask, signal, opened);
      if (signal.aborted) return;
      this.data = data;
      this.error = null;
      this.updatedAt = Date.now();
      status.note(null);
    } catch (error) {
      if (signal.aborted) return; // a newer request took over
      this.fail(error);
    }
    this.loading = false;
    // A wrong address does not mend itself.
    if (this.error?.status === 400) return;
    this.timer = setTimeout(this.onTimer, this.error === null ? REFRESH_MS : RETRY_MS);
  }

  private onTimer = () => {
    if (document.visibilityState === 'visible') this.refresh();
  };

  private onVisible = () => {
    if (document.visibilityState === 'visible' && Date.now() - this.updatedAt > REFRESH_MS) this.refresh();
  };
}
