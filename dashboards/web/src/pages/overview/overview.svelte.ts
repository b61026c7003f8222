// The data behind the overview.

import { get, type Breakdown, type BucketWidth, type Health, type Summary, type Timeline, type UncountedPage } from '../../lib/api';
import { preferences } from '../../lib/preferences.svelte';
import { Resource } from '../../lib/resource.svelte';
import { status } from '../../lib/status.svelte';

/** How many mentions each of the two lists shows; all of them are on the mentions page. */
const LISTED = '8';

interface Numbers {
  summary: Summary;
  timeline: Timeline;
  brands: Breakdown;
  topics: Breakdown;
  sources: Breakdown;
  languages: Breakdown;
  countries: Breakdown;
  newest: UncountedPage;
  seen: UncountedPage;
  /** Nothing is stored at all, whatever the view. */
  empty: boolean;
}

/** The width of the timeline's buckets, when the reader chose one. */
export const chosen = $state<{ bucket: BucketWidth | null }>({ bucket: null });

export const overview = new Resource<Numbers>(async (ask, signal, opened) => {
  const by = (dimension: string) => ask<Breakdown>('breakdown', { by: dimension, limit: '40' });
  const [summary, timeline, brands, topics, sources, languages, countries, newest, seen] = await Promise.all([
    ask<Summary>('summary'),
    ask<Timeline>('timeline', chosen.bucket === null ? {} : { bucket: chosen.bucket }),
    by('brand'),
    by('topic'),
    by('source'),
    by('lang'),
    by('country'),
    ask<UncountedPage>('mentions', { limit: LISTED, count: 'false' }),
    ask<UncountedPage>('mentions', { limit: LISTED, count: 'false', sort: 'seen', fold: 'true' }),
  ]);
  // Only asked when the view has no mentions: counting all that is stored takes longer than any other question.
  const none = summary.mentions.now === 0;
  const empty = none && (await get<Health>('health', new URLSearchParams(), signal)).mentions === 0;
  if (opened) status.announcement = preferences.t.announce(preferences.format.number(summary.mentions.now));
  return { summary, timeline, brands, topics, sources, languages, countries, newest, seen, empty };
});
