// What a page shows, as it stands in the address: whoever gets the link sees the same.

export const PERIODS = ['24h', '7d', '30d', '90d', 'all'] as const;
export type NamedPeriod = (typeof PERIODS)[number];
export const DEFAULT_PERIOD: NamedPeriod = '7d';

/** The properties that can be filtered for, by their names in the address and in the API. */
export const DIMENSIONS = [
  'brand',
  'product',
  'topic',
  'sentiment',
  'intent',
  'source',
  'lang',
  'country',
  'kind',
  'site',
  'author',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** A named period, or one between two moments: dates, or times with an offset. `to` may be missing: until now. */
export type Period = { name: NamedPeriod } | { from: string; to: string | null };

export type Values = Readonly<Record<Dimension, readonly string[]>>;

/** Which mentions a page is about. */
export interface View {
  period: Period;
  /** What is searched for, in the query language; empty for everything. */
  query: string;
  values: Values;
}

/** What else stands in the address: the order of a list, the two sides of a comparison. It belongs to one page. */
export type Extras = Readonly<Record<string, string>>;

const isNamed = (text: string | null): text is NamedPeriod => PERIODS.some((period) => period === text);
const FILTER_KEYS: readonly string[] = ['period', 'from', 'to', 'q', ...DIMENSIONS];

/** Reads the part of an address after `?`. What it does not know is left out. */
export function readView(search: string): View {
  const parameters = new URLSearchParams(search);
  const [from, named] = [parameters.get('from'), parameters.get('period')];
  const period: Period =
    from !== null ? { from, to: parameters.get('to') } : { name: isNamed(named) ? named : DEFAULT_PERIOD };
  const read = (dimension: Dimension) => [...new Set(parameters.getAll(dimension))].filter((value) => value !== '');
  const values = Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, read(dimension)])) as unknown as Values;
  return { period, query: parameters.get('q')?.trim() ?? '', values };
}

/** Reads what is not part of the view. */
export function readExtras(search: string): Extras {
  return Object.fromEntries([...new URLSearchParams(search)].filter(([key]) => !FILTER_KEYS.includes(key)));
}

/** Where days and weeks begin. */
export interface Calendar {
  timeZone: string;
  weekStart: string;
}

/** The parameters that ask the API for a view. */
export function apiParameters(view: View, { timeZone, weekStart }: Calendar): URLSearchParams {
  const parameters = writeParameters(view);
  if ('name' in view.period) parameters.set('period', view.period.name);
  parameters.set('tz', timeZone);
  if (weekStart !== 'monday') parameters.set('week_start', weekStart);
  return parameters;
}

function writeParameters({ period, query, values }: View): URLSearchParams {
  const parameters = new URLSearchParams();
  if ('name' in period) {
    if (period.name !== DEFAULT_PERIOD) parameters.set('period', period.name);
  } else {
    parameters.set('from', period.from);
    if (period.to !== null) parameters.set('to', period.to);
  }
  if (query !== '') parameters.set('q', query);
  for (const dimension of DIMENSIONS) {
    for (const value of values[dimension]) parameters.append(dimension, value);
  }
  return parameters;
}

/** The address of a view: a path with its `?…`, as short as it can be. */
export function viewAddress(view: View, path = '/', extras: Extras = {}): string {
  const parameters = writeParameters(view);
  for (const [key, value] of Object.entries(extras)) {
    if (value !== '') parameters.set(key, value);
  }
  return parameters.size > 0 ? `${path}?${parameters}` : path;
}

export function withPeriod(view: View, period: Period): View {
  return { ...view, period };
}

export function withQuery(view: View, query: string): View {
  return { ...view, query: query.trim() };
}

export function withValues(view: View, dimension: Dimension, values: readonly string[]): View {
  return { ...view, values: { ...view.values, [dimension]: values } };
}

/** The view with each of these values as the only one of its property. */
export function narrowed(view: View, values: Partial<Record<Dimension, string>>): View {
  return (Object.entries(values) as [Dimension, string][]).reduce(
    (view, [dimension, value]) => withValues(view, dimension, [value]),
    view,
  );
}

/** Filters for this one value, or no longer when it already is the only one. */
export function only(view: View, dimension: Dimension, value: string): View {
  const values = view.values[dimension];
  return withValues(view, dimension, values.length === 1 && values[0] === value ? [] : [value]);
}

/** Adds a value to those filtered for, or takes it away. */
export function toggled(view: View, dimension: Dimension, value: string): View {
  const values = view.values[dimension];
  return withValues(view, dimension, values.includes(value) ? values.filter((v) => v !== value) : [...values, value]);
}

/** The same period without any filter. */
export function withoutFilters(view: View): View {
  return DIMENSIONS.reduce<View>((cleared, dimension) => withValues(cleared, dimension, []), { ...view, query: '' });
}

export function filterCount(view: View): number {
  const values = DIMENSIONS.reduce((count, dimension) => count + view.values[dimension].length, 0);
  return values + (view.query === '' ? 0 : 1);
}
