// The choices of the filter menus. They come after the page's own numbers, for nobody looks at them first.

import type { Filters } from '../lib/api';
import { location } from '../lib/location.svelte';
import { Resource } from '../lib/resource.svelte';

export const choices = new Resource<Filters>((ask) => {
  const noted = location.extras['noted'] ?? '';
  return ask<Filters>('filters', noted === '' ? {} : { noted });
});
