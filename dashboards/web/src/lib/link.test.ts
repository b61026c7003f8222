import { expect, it } from 'vitest';
import { safeLink } from './link';

it('lets only addresses of the web through', () => {
  expect(safeLink('https://example.com/a?b#c')).toBe('https://example.com/a?b#c');
  for (const url of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', '//example.com', 'x', '']) {
    expect(safeLink(url), url).toBeNull();
  }
  expect(safeLink(null)).toBeNull();
});
