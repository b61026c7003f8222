// The page in a real browser, on whatever mentions the Hark at HARK_URL holds; there must be some from the last 90 days.
//
//   HARK_URL=http://127.0.0.1:8080 HARK_SCREENSHOTS=shots npm run test:browser
//
// HARK_CHROMIUM names the browser; default /usr/bin/chromium.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const url = process.env.HARK_URL;
assert.ok(url, 'set HARK_URL to the address of the dashboards');
const screenshots = process.env.HARK_SCREENSHOTS;

const FLAGS =
  '--no-sandbox --headless --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const DESKTOP = { width: 1440, height: 900 };
const TABLET = { width: 768, height: 1024 };
const PHONE = { width: 390, height: 844 };
const VIEW = '/?period=90d';
const checker = await readFile(fileURLToPath(import.meta.resolve('accessibility-checker-engine/ace.js')), 'utf8');

let browser;
before(async () => {
  if (screenshots) await mkdir(screenshots, { recursive: true });
  const executablePath = process.env.HARK_CHROMIUM ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: FLAGS.split(' ') });
});
after(() => browser?.close());

/** Opens the page, runs `steps` on it, and holds the page to what is true of it at all times. */
async function visit(address, { expectErrors = false, ...options }, steps) {
  const context = await browser.newContext({ viewport: DESKTOP, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(message.text());
  });
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(url).host) wrong.push(`asks another host: ${request.url()}`);
  });
  await page.goto(url + address);
  await page.locator('main article, main section').first().waitFor();
  await steps(page);
  await fits(page);
  if (!expectErrors) assert.deepEqual(wrong, []);
  await context.close();
}

async function fits(page) {
  const [wide, shown] = await page.evaluate(() => [document.scrollingElement.scrollWidth, innerWidth]);
  assert.ok(wide <= shown, `the page is ${wide} wide on a screen of ${shown}`);
}

/** Nothing that WCAG 2.2 forbids: those who cannot see, or cannot use a mouse, can use the page too. */
async function accessible(page) {
  await page.evaluate(checker);
  const failures = await page.evaluate(async () => {
    const { results } = await new window.ace.Checker().check(document, ['WCAG_2_2']);
    const failed = results.filter(({ value: [level, outcome] }) => level === 'VIOLATION' && outcome === 'FAIL');
    return failed.map(({ ruleId, message, snippet }) => `${ruleId}: ${message} ${snippet}`);
  });
  assert.deepEqual(failures, []);
}

async function shoot(page, name) {
  if (screenshots) await page.screenshot({ path: path.join(screenshots, `${name}.png`) });
}

const chart = (page) => page.locator('.chart canvas').first().waitFor();
const number = (text) => Number(text.replaceAll(/[^0-9]/g, ''));

/** The number of mentions: of the list, once it is the one of this address. */
async function total(page) {
  await page.locator('.page:not(.busy)').waitFor();
  const text = await page.getByText(/^[\d,.]+ of [\d,.]+ mentions?$/).textContent();
  return number(text.split(' of ')[1]);
}

for (const [name, viewport] of Object.entries({ desktop: DESKTOP, tablet: TABLET, phone: PHONE })) {
  for (const colorScheme of ['light', 'dark']) {
    test(`the page is whole and accessible: ${name}, ${colorScheme}`, () =>
      visit(VIEW, { viewport, colorScheme }, async (page) => {
        await chart(page);
        await shoot(page, `overview-${name}-${colorScheme}`);
        await accessible(page);
      }));
  }
}

test('a press on a topic filters for it, and its number is the length of the list', () =>
  visit(VIEW, {}, async (page) => {
    const all = await total(page);
    const topics = page.getByRole('region', { name: 'Topics' });
    const row = topics.locator('button[aria-pressed]').nth(1);
    const name = await row.locator('.name').textContent();
    const counted = number((await row.locator('.total').getAttribute('title')) ?? '');
    await row.click();
    await page.waitForURL((address) => address.searchParams.get('topic') === name);
    assert.equal(await total(page), counted);
    assert.ok(counted <= all);
    await shoot(page, 'topic-chosen');
    await page.goBack();
    await page.waitForURL((address) => !address.searchParams.has('topic'));
    assert.equal(await total(page), all);
    await page.goForward();
    await page.waitForURL((address) => address.searchParams.has('topic'));
    const shared = new URL(page.url());
    await visit(shared.pathname + shared.search, {}, async (other) => assert.equal(await total(other), counted));
  }));

test('the table has the numbers of the chart, and each of them opens its time', () =>
  visit(VIEW, {}, async (page) => {
    const panel = page.getByRole('region', { name: 'Volume and tone over time' }).first();
    await panel.getByRole('button', { name: 'Table' }).click();
    const row = panel.getByRole('row').nth(1);
    const counted = number(await row.getByRole('cell').nth(3).textContent());
    await accessible(page);
    await shoot(page, 'timeline-table');
    await row.getByRole('button').click();
    await page.waitForURL((address) => address.searchParams.has('from') && address.searchParams.has('to'));
    if (counted > 0) assert.equal(await total(page), counted);
  }));

test('a press on the chart opens the time under it', () =>
  visit(VIEW, {}, async (page) => {
    await chart(page);
    const { width, height } = await page.locator('.chart').boundingBox();
    const filled = async (share) => {
      await page.locator('.chart').hover({ position: { x: width * share, y: height / 2 } });
      const tip = page.locator('.chart-tip');
      await tip.waitFor();
      await shoot(page, 'chart-tip');
      return number(await tip.locator('dt.total + dd').textContent());
    };
    let share = 0.88;
    while ((await filled(share)) === 0) share -= 0.03;
    const counted = await filled(share);
    await page.locator('.chart').click({ position: { x: width * share, y: height / 2 } });
    await page.waitForURL((address) => address.searchParams.has('from'));
    assert.equal(await total(page), counted);
  }));

test('the keyboard reaches and works every filter', () =>
  visit(VIEW, {}, async (page) => {
    const focused = () =>
      page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim());
    const reached = [];
    for (let n = 0; n < 16; n += 1) {
      await page.keyboard.press('Tab');
      reached.push(await focused());
    }
    assert.equal(reached[0], 'Skip to the numbers');
    const order = ['All brands', '24 h', 'Custom', 'Theme', 'Product', 'Topic', 'Tone', 'Source', 'Language'];
    const places = order.map((name) => reached.findLastIndex((text) => text === name || text.endsWith(` ${name}`)));
    assert.ok(places.every((place, at) => place > (places[at - 1] ?? 0)), JSON.stringify(reached));

    await page.waitForLoadState('networkidle');
    await page.getByRole('button', { name: /Topic$/ }).focus();
    await page.keyboard.press('Enter');
    await shoot(page, 'filter-open');
    await accessible(page);
    await page.locator('.panel input[type=checkbox]').first().focus();
    await page.keyboard.press('Space');
    await page.waitForURL((address) => address.searchParams.has('topic'));
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.panel').count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-expanded')), 'false');
    await page.locator('.page:not(.busy)').waitFor();
  }));

test('a period of one’s own, the other language and the other theme', () =>
  visit(VIEW, { colorScheme: 'light' }, async (page) => {
    await page.getByRole('button', { name: 'Custom', exact: true }).click();
    const today = new Date().toISOString().slice(0, 10);
    await page.getByLabel('From', { exact: true }).fill('2020-01-01');
    await page.getByLabel('Up to and including').fill(today);
    await shoot(page, 'period-open');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL((address) => address.searchParams.get('from') === '2020-01-01');
    await total(page);

    await page.getByRole('button', { name: 'Language of the page' }).click();
    await page.getByRole('button', { name: 'Nederlands' }).click();
    await page.getByRole('heading', { name: 'Nieuwste vermeldingen' }).waitFor();
    await page.getByRole('button', { name: 'Thema', exact: true }).click();
    await page.getByRole('button', { name: 'Donker' }).click();
    assert.equal(await page.locator('html').getAttribute('lang'), 'nl');
    await page.reload();
    await chart(page);
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
    await shoot(page, 'dutch-dark');
    await accessible(page);
  }));

test('the list goes on as far as it is scrolled, and its links are safe', () =>
  visit(VIEW, {}, async (page) => {
    const cards = page.locator('ol article');
    const all = await total(page);
    const first = await cards.count();
    if (all > first) {
      await page.keyboard.press('End');
      await page.waitForFunction((n) => document.querySelectorAll('ol article').length > n, first);
    }
    for (const link of await cards.locator('a').all()) {
      assert.match((await link.getAttribute('href')) ?? '', /^https?:\/\//);
      assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
    }
    await shoot(page, 'list-scrolled');
  }));

test('whatever strangers write is shown as text and breaks nothing', () =>
  visit('/?brand=Nobody', {}, async (page) => {
    const strange = '<script>document.title = "taken"</script><img src=x onerror=alert(1)> \u202Eשלום ' + 'W'.repeat(400);
    await page.route('**/api/v1/mentions?*', async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      const labels = [strange, strange];
      body.total = 1;
      body.mentions = [
        {
          id: strange, published_at: new Date().toISOString(), source: strange, site: strange, kind: strange, title: strange,
          text: strange, text_cut: true, url: 'javascript:alert(1)', lang: 'not a language', country: '', sentiment: 'negative',
          sentiment_score: -1, sentiment_confidence: 1, brands: labels, products: labels, intent: 'other', rating: 0,
          topics: labels.map((name) => ({ name, sentiment_score: 0 })), author: { handle: strange, name: strange, followers: 1e12 },
          engagement: { likes: 1e15, replies: 0, shares: null, views: null },
        },
      ];
      await route.fulfill({ response: answer, json: body });
    });
    await page.goto(`${url}${VIEW}`);
    await page.locator('ol article').getByText('<script>').first().waitFor();
    assert.equal(await page.locator('ol article').count(), 1);
    assert.equal(await page.locator('ol article a').count(), 0);
    assert.doesNotMatch(await page.title(), /taken/);
    await page.setViewportSize(PHONE);
    await shoot(page, 'strange-mention');
  }));

test('without an answer the last numbers stay, and it mends itself', () =>
  visit(VIEW, { expectErrors: true }, async (page) => {
    const all = await total(page);
    const body = JSON.stringify({ type: 'urn:hark:problem:database-unavailable', detail: 'away', status: 503 });
    await page.route('**/api/v1/**', (route) => route.fulfill({ status: 503, body, contentType: 'application/problem+json' }));
    await page.getByRole('button', { name: '30 d', exact: true }).click();
    await page.getByRole('alert').waitFor();
    assert.equal(await total(page), all);
    await shoot(page, 'database-away');
    await accessible(page);
    await page.unroute('**/api/v1/**');
    await page.getByRole('alert').waitFor({ state: 'detached' });
  }));

test('where nothing fits, or the address is wrong, the page says what to do', () =>
  visit(VIEW, { expectErrors: true }, async (page) => {
    await page.goto(`${url}/?brand=${encodeURIComponent('No such brand <script>')}`);
    await page.getByRole('heading', { name: 'No mention fits' }).waitFor();
    await shoot(page, 'nothing-fits');
    await accessible(page);
    await page.goto(`${url}/?from=2999-01-01`);
    await page.getByRole('button', { name: 'Start over' }).waitFor();
    await shoot(page, 'wrong-address');
    await page.getByRole('button', { name: 'Start over' }).click();
    await page.waitForURL((address) => address.search === '');
  }));

test('an empty store says how to fill it', () =>
  visit(VIEW, {}, async (page) => {
    await page.route('**/api/v1/health', (route) =>
      route.fulfill({ json: { version: '0', mentions: 0, newest_published_at: null, last_collected_at: null } }),
    );
    await page.goto(`${url}/?brand=Nobody`);
    await page.getByText('hark import FILE').waitFor();
    await page.getByText('hark up --demo').waitFor();
    await shoot(page, 'empty-store');
    await accessible(page);
  }));
