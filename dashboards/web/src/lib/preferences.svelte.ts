// What one reader prefers: language, theme, and where days and weeks begin. Kept in this browser, and for users who log in
// also on the server, so that it follows them. Not part of a shared link.

import { formats } from './format';
import { send } from './send';
import { LOCALES, type Catalogue, type Locale } from '../messages';
import { en, type Messages } from '../messages/en';
import { nl } from '../messages/nl';

export { LOCALES, type Locale };
const CATALOGUES: Catalogue<Messages> = { en, nl };

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const WEEK_STARTS = ['monday', 'saturday', 'sunday'] as const;
export type WeekStart = (typeof WEEK_STARTS)[number];

/** The time zone of the browser. */
export const browserTimeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
/** All time zones by name; those of the browser may leave out the one that means none. */
export const TIME_ZONES = [...new Set(['UTC', browserTimeZone, ...Intl.supportedValuesOf('timeZone')])].sort();

function stored<T extends string>(key: string, known: readonly T[]): T | null {
  try {
    const value = localStorage.getItem(key);
    return known.find((known) => known === value) ?? null;
  } catch {
    return null; // storage is switched off
  }
}

function store(key: string, value: string) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // storage is switched off: the choice holds until the page is closed
  }
}

const localeNames = Object.keys(LOCALES) as Locale[];

function browserLocale(): Locale {
  const primary = navigator.languages.map((tag) => tag.split('-')[0]);
  return primary.flatMap((tag) => localeNames.filter((locale) => locale === tag))[0] ?? 'en';
}

/** English is written as the browser's own variant of it: 22/11 or 11/22, 24 or 12 hours. */
function formattingTag(locale: Locale): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === locale) ?? (locale === 'en' ? 'en-GB' : locale);
}

/** As the API has them; what is `null`, the browser decides. */
interface Kept {
  locale: string | null;
  theme: string | null;
  time_zone: string | null;
  week_start: string | null;
}

class Preferences {
  /** Whether the server keeps them too. */
  private kept = false;
  locale = $state<Locale>(stored('hark.locale', localeNames) ?? browserLocale());
  theme = $state<Theme>(stored('hark.theme', THEMES) ?? 'auto');
  /** Days begin at its midnight. */
  timeZone = $state<string>(stored('hark.timeZone', TIME_ZONES) ?? browserTimeZone);
  weekStart = $state<WeekStart>(stored('hark.weekStart', WEEK_STARTS) ?? 'monday');
  /** Whether the system asks for dark; follows it while the page is open. */
  private systemDark = $state(false);

  readonly t = $derived(CATALOGUES[this.locale]);
  readonly format = $derived(formats(formattingTag(this.locale), this.timeZone));
  readonly dark = $derived(this.theme === 'dark' || (this.theme === 'auto' && this.systemDark));

  constructor() {
    const query = matchMedia('(prefers-color-scheme: dark)');
    this.systemDark = query.matches;
    query.addEventListener('change', (event) => (this.systemDark = event.matches));
    this.apply();
  }

  /** Takes over what the server keeps for the user, and keeps changes there from now on. */
  async follow(): Promise<void> {
    const kept = await send<Kept>('GET', 'preferences').catch(() => null);
    if (!kept) return; // the database is away: what this browser has holds
    const known = <T extends string>(values: readonly T[], value: string | null) => values.find((known) => known === value);
    this.kept = false;
    const [locale, theme] = [known(localeNames, kept.locale), known(THEMES, kept.theme)];
    const [timeZone, weekStart] = [known(TIME_ZONES, kept.time_zone), known(WEEK_STARTS, kept.week_start)];
    if (locale) this.setLocale(locale);
    if (theme) this.setTheme(theme);
    if (timeZone) this.setTimeZone(timeZone);
    if (weekStart) this.setWeekStart(weekStart);
    this.kept = true;
  }

  setLocale(locale: Locale) {
    this.locale = locale;
    this.keep('hark.locale', locale);
    this.apply();
  }

  setTheme(theme: Theme) {
    this.theme = theme;
    this.keep('hark.theme', theme);
    this.apply();
  }

  setTimeZone(timeZone: string) {
    this.timeZone = timeZone;
    this.keep('hark.timeZone', timeZone);
  }

  setWeekStart(weekStart: WeekStart) {
    this.weekStart = weekStart;
    this.keep('hark.weekStart', weekStart);
  }

  private keep(key: string, value: string) {
    store(key, value);
    if (!this.kept) return;
    const all = { locale: this.locale, theme: this.theme, time_zone: this.timeZone, week_start: this.weekStart };
    // Should it not arrive, this browser still has it.
    void send('PUT', 'preferences', all).catch(() => undefined);
  }

  private apply() {
    document.documentElement.lang = this.locale;
    document.documentElement.dataset.theme = this.theme;
  }
}

export const preferences = new Preferences();
