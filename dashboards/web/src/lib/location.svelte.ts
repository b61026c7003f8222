// Where the reader is: the page, the view and the extras that the address names, as reactive state. Every change is a
// step that "back" undoes.

import { page, pageAt, type PageName } from './routes';
import { readExtras, readView, viewAddress, type Extras, type View } from './view';

interface Place {
  /** Null for an address that is no page. */
  page: PageName | null;
  view: View;
  extras: Extras;
}

function readPlace({ pathname, search }: { pathname: string; search: string }): Place {
  return { page: pageAt(pathname), view: readView(search), extras: readExtras(search) };
}

class Location {
  private place = $state.raw<Place>(readPlace(window.location));
  readonly page = $derived(this.place.page);
  readonly view = $derived(this.place.view);
  readonly extras = $derived(this.place.extras);

  constructor() {
    window.addEventListener('popstate', () => (this.place = readPlace(window.location)));
  }

  /** The address of another view, on this page or another; extras stay on their page. */
  address(view: View, name: PageName = this.place.page ?? 'overview', extras: Extras = {}): string {
    const kept = name === this.place.page ? { ...this.place.extras, ...extras } : extras;
    return viewAddress(view, page(name).path, kept);
  }

  /** Shows another view on this page. */
  go(view: View) {
    this.open(this.address(view));
  }

  /** Changes extras of this page; an empty one is taken out. */
  set(extras: Extras) {
    this.open(this.address(this.place.view, undefined, extras));
  }

  /** Goes to an address of this site. */
  open(address: string) {
    const to = new URL(address, window.location.origin);
    if (to.pathname + to.search === window.location.pathname + window.location.search) return;
    const before = this.place.page;
    history.pushState(null, '', to);
    this.place = readPlace(to);
    if (this.place.page !== before) window.scrollTo(0, 0);
  }
}

export const location = new Location();

/** Follows links to pages without loading the site anew. Others, and those with a modifier key, are left to the browser. */
export function followLinks(event: MouseEvent) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== window.location.origin) return;
  if (pageAt(link.pathname) === null || link.hash !== '') return;
  event.preventDefault();
  location.open(link.pathname + link.search);
}
