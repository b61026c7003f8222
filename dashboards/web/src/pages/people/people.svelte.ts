// The data behind the page about people and places.

import type { Authors, Breakdown } from '../../lib/api';
import { location } from '../../lib/location.svelte';
import { Resource } from '../../lib/resource.svelte';

interface Numbers {
  authors: Authors;
  sites: Breakdown;
  countries: Breakdown;
  languages: Breakdown;
  kinds: Breakdown;
}

export const people = new Resource<Numbers>(async (ask) => {
  const by = (dimension: string) => ask<Breakdown>('breakdown', { by: dimension, limit: '60' });
  const [authors, sites, countries, languages, kinds] = await Promise.all([
    ask<Authors>('authors', { sort: location.extras['sort'] ?? 'reach', limit: '50' }),
    by('site'),
    by('country'),
    by('lang'),
    by('kind'),
  ]);
  return { authors, sites, countries, languages, kinds };
});
