import { describe, expect, it } from 'vitest';
import { en } from '../messages/en';
import { formats, periodLabel } from './format';

const now = new Date('2026-11-22T12:00:00Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);

describe('formats', () => {
  const english = formats('en', 'UTC');
  const dutch = formats('nl', 'Europe/Amsterdam');

  it('writes numbers as the language does', () => {
    expect(english.number(1234567)).toBe('1,234,567');
    expect(dutch.number(1234567)).toBe('1.234.567');
    expect(english.compact(9876)).toBe('9,876');
    expect(english.compact(98765)).toBe('98.8K');
  });

  it('never rounds some to none or most to all', () => {
    expect(english.share(0.234)).toBe('23%');
    expect(english.share(0.004)).toBe('0.4%');
    expect(english.share(0.996)).toBe('99.6%');
    expect(english.share(0)).toBe('0%');
  });

  it('shows the direction of a change', () => {
    expect(english.signedShare(0.12)).toBe('+12%');
    expect(english.signedPoints(-0.034)).toBe('-3.4');
  });

  it('tells how long ago something was', () => {
    expect(english.relative(before(20), now)).toBe('20 sec. ago');
    expect(english.relative(before(3700), now)).toBe('1 hr. ago');
    expect(dutch.relative(before(2 * 86_400), now)).toBe('eergisteren');
  });

  it('names languages, also those it does not know', () => {
    expect(dutch.language('nl', '?')).toBe('Nederlands');
    expect(english.language('und', 'Unknown')).toBe('Unknown');
    expect(english.language('not a tag', 'Unknown')).toBe('not a tag');
  });

  it('names a period', () => {
    expect(periodLabel({ name: '30d' }, en, english)).toBe('30 d');
    expect(periodLabel({ from: '2026-11-01', to: '2026-11-07' }, en, english)).toMatch(/Nov 1\s–\s7, 2026/);
    expect(periodLabel({ from: 'rubbish', to: null }, en, english)).toBe('Custom');
  });
});
