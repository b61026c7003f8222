// The API of the dashboards, as the page uses it. The types follow /api/v1/openapi.json.

export type Tone = 'negative' | 'neutral' | 'positive';
export const TONES: readonly Tone[] = ['negative', 'neutral', 'positive'];

export type Tones = Record<Tone, number>;

export interface Range {
  from: string | null;
  to: string;
  previous_from: string | null;
  previous_to: string | null;
}

export interface Count {
  now: number;
  before: number | null;
  change: number | null;
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

export interface Filters {
  brands: Choice[];
  products: Choice[];
  topics: Choice[];
  sentiments: Choice[];
  sources: Choice[];
  languages: Choice[];
}

export interface Health {
  version: string;
  mentions: number;
  newest_published_at: string | null;
  last_collected_at: string | null;
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
  intent: string;
  author: { handle: string; name: string; followers: number | null };
  engagement: Record<'likes' | 'replies' | 'shares' | 'views', number | null>;
  rating: number | null;
}

export interface MentionPage {
  range: Range;
  total: number;
  mentions: Mention[];
  next: string | null;
}

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
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}${query}`, { signal, headers: { accept: 'application/json' } });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, 'unreachable', String(error));
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  if (isProblem(body)) throw new ApiError(response.status, body.type, body.detail);
  throw new ApiError(response.status, 'unknown', `HTTP ${response.status}`);
}
