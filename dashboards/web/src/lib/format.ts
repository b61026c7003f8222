// Numbers, shares and times as a person of one language reads them. Pure: the language is given.

import type { BucketWidth } from './api';
import type { Period } from './view';
import type { Messages } from '../messages/en';

export interface Formats {
  locale: string;
  number: (n: number) => string;
  compact: (n: number) => string;
  share: (n: number) => string;
  signedShare: (n: number) => string;
  signedPoints: (n: number) => string;
  relative: (at: Date, now: Date) => string;
  exact: (at: Date) => string;
  day: (at: Date) => string;
  bucket: (at: Date, width: BucketWidth) => string;
  bucketLong: (at: Date, width: BucketWidth) => string;
  language: (code: string, unknown: string) => string;
  country: (code: string, unknown: string) => string;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

export function formats(locale: string, timeZone?: string): Formats {
  const zone = timeZone === undefined ? {} : { timeZone };
  const number = new Intl.NumberFormat(locale);
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
  const whole = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const fine = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const signed = new Intl.NumberFormat(locale, {
    style: 'percent',
    maximumFractionDigits: 0,
    signDisplay: 'exceptZero',
  });
  const points = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, signDisplay: 'exceptZero' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium', ...zone });
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', ...zone });
  const languages = new Intl.DisplayNames(locale, { type: 'language', fallback: 'code' });
  const countries = new Intl.DisplayNames(locale, { type: 'region', fallback: 'code' });
  const named = (names: Intl.DisplayNames, code: string, unknown: string) => {
    if (code === '') return unknown;
    try {
      const name = names.of(code) ?? code;
      return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
    } catch {
      return code; // not a code of this kind
    }
  };
  const short: Record<BucketWidth, Intl.DateTimeFormat> = {
    hour: new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', ...zone }),
    day: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', ...zone }),
    week: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', ...zone }),
    month: new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric', ...zone }),
  };
  const long: Record<BucketWidth, Intl.DateTimeFormat> = {
    hour: new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...zone }),
    day: new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', ...zone }),
    week: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric', ...zone }),
    month: new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', ...zone }),
  };
  return {
    locale,
    number: (n) => number.format(n),
    compact: (n) => (n < 10_000 ? number.format(n) : compact.format(n)),
    // Between 0 and 1%, and close to 100%, whole percents would say "none" or "all".
    share: (n) => ((n > 0 && n < 0.01) || (n > 0.99 && n < 1) ? fine.format(n) : whole.format(n)),
    signedShare: (n) => signed.format(n),
    signedPoints: (n) => points.format(n * 100),
    relative: (at, now) => {
      const seconds = (at.getTime() - now.getTime()) / 1000;
      const [unit, length] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
      return relative.format(Math.trunc(seconds / length), unit);
    },
    exact: (at) => exact.format(at),
    day: (at) => day.format(at),
    bucket: (at, width) => short[width].format(at),
    bucketLong: (at, width) => long[width].format(at),
    language: (code, unknown) => (code === 'und' ? unknown : named(languages, code, unknown)),
    country: (code, unknown) => named(countries, code, unknown),
  };
}

const isDate = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);

/** A period in words, for a chip or a button. */
export function periodLabel(period: Period, messages: Messages, format: Formats, timeZone?: string): string {
  if ('name' in period) return messages.periods[period.name].short;
  const zone = timeZone === undefined ? {} : { timeZone };
  const { from, to } = period;
  const first = new Date(isDate(from) ? `${from}T12:00:00Z` : from);
  const end = to === null ? new Date() : new Date(isDate(to) ? `${to}T12:00:00Z` : to);
  if (Number.isNaN(first.getTime()) || Number.isNaN(end.getTime())) return messages.custom;
  const days = isDate(from) && (to === null || isDate(to));
  const shape: Intl.DateTimeFormatOptions = days
    ? { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }
    : { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...zone };
  return new Intl.DateTimeFormat(format.locale, shape).formatRange(first, end);
}
