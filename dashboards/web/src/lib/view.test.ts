import { describe, expect, it } from 'vitest';
import { apiParameters, filterCount, only, readView, toggled, viewAddress, withoutFilters } from './view';

describe('the view in the address', () => {
  it('comes back as it was written, whatever the names contain', () => {
    const address = viewAddress(only(only(readView('?period=30d'), 'brand', 'A&B ="c"+#ü'), 'topic', '電池'));
    const again = readView(new URL(address, 'http://localhost').search);
    expect(again.values.brand).toEqual(['A&B ="c"+#ü']);
    expect(again.values.topic).toEqual(['電池']);
    expect(again.period).toEqual({ name: '30d' });
    expect(viewAddress(again)).toBe(address);
  });

  it('is short when nothing is chosen', () => {
    expect(viewAddress(readView(''))).toBe('/');
    expect(viewAddress(readView('?period=7d&unknown=1&brand='))).toBe('/');
    expect(viewAddress(readView('?period=nonsense'))).toBe('/');
  });

  it('keeps a range of its own, open to now as well', () => {
    expect(viewAddress(readView('?from=2026-11-01&to=2026-11-07&period=30d'))).toBe('/?from=2026-11-01&to=2026-11-07');
    expect(readView('?from=2026-11-01').period).toEqual({ from: '2026-11-01', to: null });
  });

  it('asks the API with the period spelled out and the time zone', () => {
    const parameters = apiParameters(readView('?lang=nl&lang=en'), { timeZone: 'Europe/Amsterdam', weekStart: 'sunday' });
    expect(parameters.toString()).toBe('lang=nl&lang=en&period=7d&tz=Europe%2FAmsterdam&week_start=sunday');
  });
});

describe('changing the view', () => {
  it('chooses one value, and lets go of it when it is chosen again', () => {
    const chosen = only(readView('?topic=price&topic=battery'), 'topic', 'battery');
    expect(chosen.values.topic).toEqual(['battery']);
    expect(only(chosen, 'topic', 'battery').values.topic).toEqual([]);
  });

  it('adds and takes away single values', () => {
    const view = toggled(toggled(readView('?source=rss'), 'source', 'bluesky'), 'source', 'rss');
    expect(view.values.source).toEqual(['bluesky']);
    expect(filterCount(toggled(view, 'lang', 'nl'))).toBe(2);
    expect(filterCount(withoutFilters(view))).toBe(0);
  });
});
