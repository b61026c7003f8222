// The data behind the comparison. What is compared stands in the address: `by` and `with`.

import type { Breakdown, Cross, SeriesAnswer } from '../../lib/api';
import { get } from '../../lib/api';
import { location } from '../../lib/location.svelte';
import { preferences } from '../../lib/preferences.svelte';
import { Resource } from '../../lib/resource.svelte';
import { apiParameters, withValues, type Dimension } from '../../lib/view';

export const COMPARABLE = ['brand', 'product', 'source', 'lang', 'country'] as const;
export type Comparable = (typeof COMPARABLE)[number];

/** Most that are compared at once: as many as there are colours that can be told apart. */
export const MOST = 6;

export function comparedBy(): Comparable {
  const by = location.extras['by'];
  return COMPARABLE.find((dimension) => dimension === by) ?? 'brand';
}

/** Names may hold any character but this one. */
const SEPARATOR = '\u001f';

/** What was chosen; none for the largest. */
export function chosen(): string[] {
  const text = location.extras['with'] ?? '';
  return text === '' ? [] : text.split(SEPARATOR).slice(0, MOST);
}

export const choose = (names: readonly string[]) => location.set({ with: names.join(SEPARATOR) });

interface Numbers {
  by: Comparable;
  all: Breakdown;
  names: string[];
  series: SeriesAnswer;
  topics: Cross;
  sources: Cross | null;
}

export const comparison = new Resource<Numbers>(async (ask, signal) => {
  const by = comparedBy();
  const all = await ask<Breakdown>('breakdown', { by, limit: '40' });
  const names = chosen().length > 0 ? chosen() : all.rows.slice(0, 4).map((row) => row.name);
  const parameters = apiParameters(withValues(location.view, by as Dimension, []), preferences);
  parameters.set('by', by);
  for (const name of names) parameters.append('value', name);
  const [series, topics, sources] = await Promise.all([
    get<SeriesAnswer>('series', parameters, signal),
    ask<Cross>('cross', { by: 'topic', and: by }),
    by === 'source' ? null : ask<Cross>('cross', { by: 'source', and: by }),
  ]);
  return { by, all, names, series, topics, sources };
});
