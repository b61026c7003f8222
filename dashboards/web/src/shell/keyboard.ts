// Keys that work on every page: `g` and a letter goes to a page, `/` searches, `?` shows them all.

import { location } from '../lib/location.svelte';
import { page, PAGE_NAMES } from '../lib/routes';

/** How long after `g` the letter may come. */
const PAUSE_MS = 1500;

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

/** Listens until the returned function is called. */
export function listenForKeys(help: () => void): () => void {
  let went = -Infinity;
  const onKeydown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
    const after = event.timeStamp - went < PAUSE_MS;
    went = -Infinity;
    if (after) {
      const name = PAGE_NAMES.find((name) => page(name).key === event.key);
      if (name !== undefined) location.open(location.address(location.view, name));
      return;
    }
    if (event.key === 'g') went = event.timeStamp;
    else if (event.key === '?') help();
    else if (event.key === '/') search();
    else return;
    event.preventDefault();
  };
  document.addEventListener('keydown', onKeydown);
  return () => document.removeEventListener('keydown', onKeydown);
}

/** Goes to the search box; on a page without one, to the mentions first. */
function search() {
  const focus = () => {
    const box = document.querySelector<HTMLInputElement>('#search');
    box?.focus();
    box?.select();
    return box !== null;
  };
  if (focus()) return;
  location.open(location.address(location.view, 'mentions'));
  requestAnimationFrame(focus);
}
