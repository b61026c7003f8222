// The API of the dashboards, as the page uses it. The types follow /api/v1/openapi.json.

import type { Dimension } from './view';

export type Tone = 'negative' | 'neutral' | 'positive';
export const TONES: readonly Tone[] = ['negative', 'neutral', 'positive'];

export const INTENTS = ['complaint', 'question', 'request', 'praise', 'churn', 'other'] as const;
export type Intent = (typeof INTENTS)[number];

export type Tones = Record<Tone, number>;

export interface Range {
  from: string | null;
  to: string;
  previous_from: string | null;
  previous_to: string | null;
}

/** How a count differs from an earlier one: `relative` is now / before - 1, with its 95% interval. */
export interface CountChange {
  relative: number;
  low: number;
  high: number;
  clear: boolean;
}

export interface Count {
  now: number;
  before: number | null;
  change: CountChange | null;
}

export interface Share {
  count: number;
  of: number;
  share: number;
  low: number;
  high: number;
}

export interface ShareChange {
  before: number;
  difference: number;
  low: number;
  high: number;
  clear: boolean;
}

export interface ToneShare {
  now: Share | null;
  change: ShareChange | null;
}

export interface Summary extends Record<Tone, ToneShare> {
  range: Range;
  mentions: Count;
  stories: Count;
  sources: Count;
  authors: Count;
}

export type BucketWidth = 'hour' | 'day' | 'week' | 'month';

export interface Point extends Tones {
  from: string;
  to: string;
}

export interface Timeline {
  range: Range;
  bucket: BucketWidth;
  buckets: Point[];
}

export interface BreakdownRow extends Tones {
  name: string;
  mentions: number;
  stories: number;
  /** Of all rows' mentions, also those of rows that are not listed. */
  share: Share;
  /** Mentions in the period before, and how the number changed since. */
  before: number | null;
  change: CountChange | null;
  share_change: ShareChange | null;
  negative_share: Share;
  negative_change: ShareChange | null;
}

export interface Breakdown {
  range: Range;
  rows: BreakdownRow[];
}

export interface Choice {
  name: string;
  mentions: number;
  brand?: string;
}

export type Filters = Record<Exclude<Dimension, 'site' | 'author'>, Choice[]>;

export interface Health {
  version: string;
  mentions: number;
  newest_published_at: string | null;
  last_collected_at: string | null;
}

/** What a team notes about a mention. */
export interface Triage {
  starred: boolean;
  assignee: string;
  note: string;
  by: string;
  at: string;
}

export interface Mention {
  id: string;
  published_at: string;
  source: string;
  site: string;
  kind: string;
  title: string;
  text: string;
  text_cut: boolean;
  url: string | null;
  lang: string;
  country: string;
  sentiment: Tone;
  sentiment_score: number;
  sentiment_confidence: number;
  brands: string[];
  products: string[];
  topics: { name: string; sentiment_score: number }[];
  intent: Intent;
  author: { key: string; handle: string; name: string; followers: number | null };
  engagement: Record<'likes' | 'replies' | 'shares' | 'views', number | null>;
  rating: number | null;
  story: string | null;
  /** How many mentions of the view tell the same story, this one included. */
  story_mentions: number;
  thread: string | null;
  /** Places in title and text that the search found, in UTF-16 units: [start, end). */
  found: { title: [number, number][]; text: [number, number][] };
  corrected: string[];
  /** What the team has noted about it. */
  triage: Triage | null;
}

export interface MentionPage {
  range: Range;
  total: number;
  stories: number;
  mentions: Mention[];
  next: string | null;
}

/** The same when it was asked with `count: 'false'`. */
export type UncountedPage = Pick<MentionPage, 'mentions' | 'next'>;

/** Volume and tone where two properties meet. */
export interface Cell extends Tones {
  row: string;
  column: string;
  mentions: number;
  stories: number;
  negative_share: Share;
  positive_share: Share;
}

export interface Cross {
  range: Range;
  cells: Cell[];
}

export interface SeriesAnswer {
  range: Range;
  bucket: BucketWidth;
  starts: string[];
  series: { name: string; points: Tones[] }[];
}

export interface DistinctiveWord {
  word: string;
  query: string;
  mentions: number;
  before: number;
  z: number;
  negative: number;
  positive: number;
}

export interface WordsAnswer {
  range: Range;
  read: number;
  read_before: number;
  sampled: boolean;
  words: DistinctiveWord[];
}

export interface Evidence {
  id: string;
  published_at: string;
  source: string;
  lang: string;
  products: string[];
  author: string;
  sentiment_score: number;
  before: string;
  said: string;
  after: string;
}

export interface EvidenceAnswer {
  range: Range;
  sentences: Evidence[];
}

export interface Author extends Tones {
  key: string;
  source: string;
  handle: string;
  name: string;
  followers: number | null;
  mentions: number;
  negative_share: Share;
  views: number | null;
  last_at: string;
  is_new: boolean | null;
}

export interface Authors {
  range: Range;
  total: number;
  new: number | null;
  authors: Author[];
}

export interface Clause {
  label: string;
  holds: boolean;
  found: string[];
  reason: string | null;
  parts: Clause[];
}

export interface QueryAnswer {
  valid: boolean;
  canonical: string | null;
  error: { column: number; message: string } | null;
  explained: Clause | null;
}

/** The account name, where there is one to read: Mastodon's look like e-mail addresses, which are masked. */
export const readable = (handle: string): string => (handle.startsWith('[masked') ? '' : handle);

/** What went wrong: the server said so (RFC 9457), or it could not be reached (`status` 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    message: string,
  ) {
    super(message);
  }
}

const isProblem = (body: unknown): body is { type: string; detail: string } =>
  typeof body === 'object' && body !== null && 'type' in body && 'detail' in body;

/** Asks `/api/v1/<path>`. Throws an `ApiError`; an abort is thrown as it is. */
export async function get<T>(path: string, parameters: URLSearchParams, signal: AbortSignal): Promise<T> {
  const query = parameters.size > 0 ? `?${parameters}` : '';
  return ask(`${path}${query}`, { signal });
}

/** Sends a change to `/api/v1/<path>`. Throws an `ApiError`. */
export async function post<T>(path: string, body: unknown): Promise<T> {
  return ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
}

async function ask<T>(address: string, options: RequestInit): Promise<T> {
  let response: Response;
  try {
    const headers = { accept: 'application/json', ...(options.headers as Record<string, string>) };
    response = await fetch(`/api/v1/${address}`, { ...options, headers });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', String(error));
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  if (isProblem(body)) throw new ApiError(response.status, body.type, body.detail);
  throw new ApiError(response.status, 'unknown', `HTTP ${response.status}`);
}
