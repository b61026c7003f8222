// The view that the address names, as reactive state. Every change is a step that "back" undoes.

import { readView, viewAddress, type View } from './view';

class Location {
  view = $state.raw<View>(readView(window.location.search));

  constructor() {
    window.addEventListener('popstate', () => (this.view = readView(window.location.search)));
  }

  /** Goes to another view. */
  go(view: View) {
    const address = viewAddress(view);
    if (address === viewAddress(this.view)) return;
    history.pushState(null, '', address);
    this.view = view;
  }
}

export const location = new Location();
