// What the page shows, as it stands in the address: whoever gets the link sees the same.

export const PERIODS = ['24h', '7d', '30d', '90d', 'all'] as const;
export type NamedPeriod = (typeof PERIODS)[number];
export const DEFAULT_PERIOD: NamedPeriod = '7d';

/** The properties that can be filtered for, by their names in the address and in the API. */
export const DIMENSIONS = ['brand', 'product', 'topic', 'sentiment', 'source', 'lang'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** A named period, or one between two moments: dates, or times with an offset. `to` may be missing: until now. */
export type Period = { name: NamedPeriod } | { from: string; to: string | null };

export interface View {
  period: Period;
  values: Readonly<Record<Dimension, readonly string[]>>;
}

const isNamed = (text: string | null): text is NamedPeriod => PERIODS.some((period) => period === text);

/** Reads the part of an address after `?`. What it does not know is left out. */
export function readView(search: string): View {
  const parameters = new URLSearchParams(search);
  const [from, named] = [parameters.get('from'), parameters.get('period')];
  const period: Period =
    from !== null ? { from, to: parameters.get('to') } : { name: isNamed(named) ? named : DEFAULT_PERIOD };
  const read = (dimension: Dimension) => [...new Set(parameters.getAll(dimension))].filter((value) => value !== '');
  return {
    period,
    values: {
      brand: read('brand'),
      product: read('product'),
      topic: read('topic'),
      sentiment: read('sentiment'),
      source: read('source'),
      lang: read('lang'),
    },
  };
}

/** The parameters that ask the API for a view. */
export function apiParameters(view: View, timeZone: string): URLSearchParams {
  const parameters = writeParameters(view);
  if ('name' in view.period) parameters.set('period', view.period.name);
  parameters.set('tz', timeZone);
  return parameters;
}

function writeParameters({ period, values }: View): URLSearchParams {
  const parameters = new URLSearchParams();
  if ('name' in period) {
    if (period.name !== DEFAULT_PERIOD) parameters.set('period', period.name);
  } else {
    parameters.set('from', period.from);
    if (period.to !== null) parameters.set('to', period.to);
  }
  for (const dimension of DIMENSIONS) {
    for (const value of values[dimension]) parameters.append(dimension, value);
  }
  return parameters;
}

/** The address of a view: a path with its `?…`, as short as it can be. */
export function viewAddress(view: View): string {
  const parameters = writeParameters(view);
  return parameters.size > 0 ? `/?${parameters}` : '/';
}

export function withPeriod(view: View, period: Period): View {
  return { ...view, period };
}

export function withValues(view: View, dimension: Dimension, values: readonly string[]): View {
  return { ...view, values: { ...view.values, [dimension]: values } };
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
  return DIMENSIONS.reduce<View>((cleared, dimension) => withValues(cleared, dimension, []), view);
}

export function filterCount(view: View): number {
  return DIMENSIONS.reduce((count, dimension) => count + view.values[dimension].length, 0);
}
