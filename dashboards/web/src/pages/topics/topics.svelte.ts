// The data behind the topics page.

import { get, type Breakdown, type Cross, type EvidenceAnswer, type MentionPage, type SeriesAnswer, type WordsAnswer } from '../../lib/api';
import { location } from '../../lib/location.svelte';
import { preferences } from '../../lib/preferences.svelte';
import { Resource } from '../../lib/resource.svelte';
import { apiParameters, narrowed, withPeriod, withValues, type View } from '../../lib/view';

const VISIT_KEY = 'hark.topics.visit';

interface Numbers {
  topics: Breakdown;
  products: Breakdown;
  cells: Cross;
  trends: SeriesAnswer;
}

export const numbers = new Resource<Numbers>(async (ask) => {
  const [topics, products, cells, trends] = await Promise.all([
    ask<Breakdown>('breakdown', { by: 'topic', limit: '40' }),
    ask<Breakdown>('breakdown', { by: 'product', limit: '8' }),
    ask<Cross>('cross', { by: 'topic', and: 'product' }),
    ask<SeriesAnswer>('series', { by: 'topic', limit: '40' }),
  ]);
  return { topics, products, cells, trends };
});

/** The words that set the period apart, and those among them that no topic covers. */
export const words = new Resource<{ all: WordsAnswer; uncovered: WordsAnswer }>(async (ask) => {
  const all = await ask<WordsAnswer>('words', { limit: '24' });
  return { all, uncovered: await ask<WordsAnswer>('words', { limit: '12', uncovered: 'true' }) };
});

/** The topic whose sentences are shown: the one chosen, else the one with the most complaints. */
export function shownTopic(topics: Breakdown | undefined): string | null {
  const chosen = location.extras['about'] ?? location.view.values.topic[0];
  if (chosen !== undefined) return chosen;
  const worst = topics?.rows.reduce((worst, row) => (row.negative > worst.negative ? row : worst));
  return worst?.name ?? null;
}

export async function sentences(view: View, topic: string, tone: string, signal: AbortSignal): Promise<EvidenceAnswer> {
  const parameters = apiParameters(narrowed(view, { topic, sentiment: tone }), preferences);
  parameters.set('limit', '8');
  return get<EvidenceAnswer>('evidence', parameters, signal);
}

/** The days from `date` on, which the API compares with as many before it; the view as it is where that is no date. */
export function after(date: string, days: number): View {
  const start = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(start)) return location.view;
  const end = new Date(start + (days - 1) * 86_400_000).toISOString().slice(0, 10);
  return withPeriod(withValues(location.view, 'topic', []), { from: date, to: end });
}

/** When the reader was here before this visit; null the first time. Kept in this browser. */
function lastVisit(): string | null {
  try {
    const before = localStorage.getItem(VISIT_KEY);
    localStorage.setItem(VISIT_KEY, new Date().toISOString());
    return before !== null && !Number.isNaN(Date.parse(before)) ? before : null;
  } catch {
    return null; // storage is switched off
  }
}

export const visitBefore = lastVisit();

/** What came since the last visit, under the same filters. */
export async function sinceVisit(view: View, signal: AbortSignal): Promise<number> {
  if (visitBefore === null) return 0;
  const parameters = apiParameters(withPeriod(view, { from: visitBefore, to: null }), preferences);
  parameters.set('limit', '1');
  return (await get<MentionPage>('mentions', parameters, signal)).total;
}

