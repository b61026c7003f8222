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
const PERIOD = 'period=90d';
const VIEW = `/?${PERIOD}`;
const LIST = `/mentions?${PERIOD}`;
const PAGES = { overview: '/', topics: '/topics', mentions: '/mentions', compare: '/compare', people: '/people' };
/** Those without the filters above. */
const OTHERS = { sql: '/sql', sources: '/sources', settings: '/settings' };
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
  const context = await browser.newContext({ viewport: DESKTOP, locale: 'en-GB', reducedMotion: 'reduce', acceptDownloads: true, ...options });
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
  await page.locator('main article:visible, main section:visible').first().waitFor();
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

/** The page has what it shows, and nothing is on its way. */
async function settled(page) {
  await page.locator('.page:not(.busy)').waitFor();
  await page.waitForLoadState('networkidle');
}

const chart = (page) => page.locator('.chart canvas').first().waitFor();
const number = (text) => Number(text.replaceAll(/[^0-9]/g, ''));

/** How many mentions the list of the mentions page has, once it is the one of this address. */
async function total(page) {
  await page.locator('#count').waitFor();
  await page.locator('.page:not(.busy)').waitFor();
  return number((await page.locator('#count').textContent()).split('·')[0]);
}

/** Presses what shows a number, and expects that many mentions. */
async function opens(page, link, counted) {
  await link.click();
  await page.waitForURL((address) => address.pathname === '/mentions');
  assert.equal(await total(page), counted);
}

for (const [name, path] of Object.entries(PAGES)) {
  for (const [look, options] of Object.entries({
    'desktop-light': { viewport: DESKTOP, colorScheme: 'light', locale: 'en-GB' },
    'phone-dark': { viewport: PHONE, colorScheme: 'dark', locale: 'nl-NL' },
  })) {
    test(`${name} is whole and accessible: ${look}, ${options.locale}`, () =>
      visit(`${path}?${PERIOD}`, options, async (page) => {
        await settled(page);
        if (['overview', 'compare'].includes(name)) await chart(page);
        assert.equal(await page.locator('html').getAttribute('lang'), options.locale.slice(0, 2));
        await shoot(page, `${name}-${look}`);
        await accessible(page);
      }));
  }
}

for (const [name, path] of Object.entries(OTHERS)) {
  for (const [look, options] of Object.entries({
    'desktop-dark': { viewport: DESKTOP, colorScheme: 'dark', locale: 'nl-NL' },
    'phone-light': { viewport: PHONE, colorScheme: 'light', locale: 'en-GB' },
  })) {
    test(`${name} is whole and accessible: ${look}, ${options.locale}`, () =>
      visit(path, options, async (page) => {
        await page.waitForLoadState('networkidle');
        await shoot(page, `${name}-${look}`);
        await accessible(page);
      }));
  }
}

test('a question in SQL is answered as a table and a chart, and can be kept', () =>
  visit('/sql', {}, async (page) => {
    const editor = page.locator('.cm-content');
    await editor.waitFor();
    await editor.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('SELECT source, count() AS mentions FROM mentions GROUP BY source ORDER BY mentions DESC');
    await page.keyboard.press('Control+Enter');
    const answer = await fetch(`${url}/api/v1/breakdown?by=source&period=all&limit=1`);
    const [{ name, mentions }] = (await answer.json()).rows;
    const row = page.getByRole('row').filter({ has: page.getByRole('cell', { name, exact: true }) });
    assert.equal(number(await row.getByRole('cell').last().textContent()), mentions);
    await page.getByRole('button', { name: 'Chart' }).click();
    await page.locator('canvas').first().waitFor();
    await page.getByRole('button', { name: 'Table' }).click();
    await shoot(page, 'sql-answer');
    await accessible(page);
  }));

test('a mention gets a star, somebody who follows it up and a note, and is found by them', () =>
  visit(`/mentions?${PERIOD}`, {}, async (page) => {
    await settled(page);
    const first = page.locator('#mentions > li').first();
    await first.getByRole('button', { name: 'Star' }).click();
    await first.getByRole('button', { name: 'Star', pressed: true }).waitFor();
    await first.getByRole('button', { name: 'Follow up' }).click();
    await page.getByRole('button', { name: 'Me', exact: true }).click();
    await page.getByLabel('Note for the team').fill('Call <b>back</b>');
    await shoot(page, 'follow-up');
    await accessible(page);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await first.getByText('Call <b>back</b>').waitFor();
    await page.getByLabel('Which mentions').selectOption('mine');
    await page.waitForURL((address) => address.searchParams.get('noted') === 'mine');
    await page.waitForFunction(() => document.querySelectorAll('#mentions > li').length === 1);
    await shoot(page, 'noted');
    await first.getByRole('button', { name: 'Follow up' }).click();
    await page.getByLabel('Who follows it up').fill('');
    await page.getByLabel('Note for the team').fill('');
    await page.getByLabel('Star').last().uncheck();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Call <b>back</b>').waitFor({ state: 'detached' });
  }));

test('days and weeks begin where the reader says, also after a reload', () =>
  visit(VIEW, {}, async (page) => {
    await settled(page);
    const asked = (what) => page.waitForRequest((request) => request.url().includes('/timeline') && request.url().includes(what));
    await page.getByRole('button', { name: 'Calendar' }).click();
    let request = asked('tz=Pacific%2FKiritimati');
    await page.getByLabel('Time zone').selectOption('Pacific/Kiritimati');
    await request;
    request = asked('week_start=sunday');
    await page.getByLabel('A week begins on').selectOption('sunday');
    await request;
    await shoot(page, 'calendar');
    await accessible(page);
    request = asked('tz=Pacific%2FKiritimati');
    await page.reload();
    assert.ok((await request).url().includes('week_start=sunday'));
    await settled(page);
  }));

test('a view is saved under a name, opened by it, and removed', () =>
  visit(`/topics?${PERIOD}&sentiment=negative`, {}, async (page) => {
    await settled(page);
    const open = () => page.getByRole('button', { name: 'Saved views' }).click();
    await open();
    await page.getByLabel('Name of this view').fill('Trouble <b>');
    await page.getByRole('button', { name: 'Save this view' }).click();
    const link = page.getByRole('link', { name: 'Trouble <b>' });
    await link.waitFor();
    await shoot(page, 'views');
    await page.keyboard.press('Escape');
    await page.goto(`${url}/compare`);
    await settled(page);
    await open();
    await link.click();
    await page.waitForURL((address) => address.pathname === '/topics' && address.searchParams.get('sentiment') === 'negative');
    await open();
    await page.getByRole('button', { name: /Trouble/ }).click();
    await link.waitFor({ state: 'detached' });
  }));

test('an editor adds a brand, tries its query, puts it in force, labels what is stored, and goes back', () =>
  visit('/settings', {}, async (page) => {
    const listening = page.getByRole('region', { name: 'Listening' });
    const stored = page.getByRole('region', { name: 'Stored mentions' });
    const relabel = async () => {
      await stored.getByRole('button', { name: 'Label them again' }).click();
      await stored.getByText('All stored mentions have the labels of the rules in force.').waitFor();
    };
    const named = async () => {
      const answer = await fetch(`${url}/api/v1/breakdown?period=all&by=brand`);
      return (await answer.json()).rows.find((row) => row.name === 'Charger <b>')?.mentions;
    };
    await listening.getByLabel('Name', { exact: true }).fill('Charger <b>');
    await listening.getByLabel('Listening query').fill('charger OR');
    await listening.locator('.error').waitFor();
    await listening.getByLabel('Listening query').fill('charger OR lader OR oplader');
    const found = await listening.getByText(/^Matches \d+ of/).textContent();
    assert.ok(Number(/\d+/.exec(found)[0]) > 0, found);
    await listening.getByRole('button', { name: 'Add', exact: true }).click();
    await listening.getByText('1 change is not saved yet.').waitFor();
    await shoot(page, 'rules-draft');
    await listening.getByLabel('Why (optional)').fill('a competitor');
    await listening.getByRole('button', { name: 'Save' }).click();
    await listening.getByText('In force.').waitFor();
    assert.equal(await named(), undefined);
    await relabel();
    assert.ok((await named()) > 0);
    await shoot(page, 'rules-in-force');
    await page.getByRole('button', { name: 'Back to hark.toml' }).click();
    await listening.getByText('Charger <b>').waitFor({ state: 'detached' });
    await relabel();
    assert.equal(await named(), undefined);
  }));

test('all pages fit every screen, from a small phone to a wall', () =>
  visit(VIEW, {}, async (page) => {
    for (const width of [360, 768, 1024, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      for (const path of Object.values(PAGES)) {
        await page.goto(`${url}${path}?${PERIOD}`);
        await settled(page);
        await fits(page);
      }
    }
    await shoot(page, 'people-wall');
  }));

test('every number of the overview opens that many mentions', () =>
  visit(VIEW, {}, async (page) => {
    await settled(page);
    const all = number(await page.locator('article .number').first().getAttribute('title'));
    await opens(page, page.locator('main article').first().getByRole('link'), all);
    await page.goBack();
    await settled(page);
    const topic = page.getByRole('region', { name: 'Topics' }).locator('a.row').nth(1);
    const counted = number((await topic.locator('.total').getAttribute('title')) ?? '');
    await opens(page, topic, counted);
    assert.ok(counted > 0 && counted < all);
    const shared = new URL(page.url());
    await visit(shared.pathname + shared.search, {}, async (other) => assert.equal(await total(other), counted));
    await page.goBack();
    await settled(page);
    const brand = page.getByRole('region', { name: 'Share of voice' }).locator('li a').first();
    await opens(page, brand, number(await brand.locator('.count').textContent()));
  }));

test('the table has the numbers of the chart, and each of them opens its time', () =>
  visit(VIEW, {}, async (page) => {
    const panel = page.getByRole('region', { name: 'Volume and tone over time' }).first();
    await panel.getByRole('button', { name: 'Table' }).click();
    const row = panel.getByRole('row').nth(2);
    const counted = number(await row.getByRole('cell').nth(3).textContent());
    await accessible(page);
    await shoot(page, 'timeline-table');
    await opens(page, row.getByRole('link'), counted);
  }));

test('a press on the chart opens the time under it', () =>
  visit(VIEW, {}, async (page) => {
    await chart(page);
    const { width, height } = await page.locator('.chart').boundingBox();
    const filled = async (share) => {
      await page.locator('.chart').hover({ position: { x: width * share, y: height / 2 } });
      const tip = page.locator('.chart-tip');
      await tip.waitFor();
      return number(await tip.locator('dt.total + dd').textContent());
    };
    let share = 0.88;
    while ((await filled(share)) === 0) share -= 0.03;
    const counted = await filled(share);
    await page.locator('.chart').click({ position: { x: width * share, y: height / 2 } });
    await page.waitForURL((address) => address.searchParams.has('from'));
    assert.equal(await total(page), counted);
  }));

test('a product team finds what is said about a topic of a product', () =>
  visit(`/topics?${PERIOD}`, {}, async (page) => {
    await settled(page);
    const matrix = page.getByRole('region', { name: 'Topics by product' }).first();
    const rows = matrix.locator('tbody tr');
    await rows.nth(1).locator('button').click();
    await page.waitForURL((address) => address.searchParams.has('about'));
    const topic = new URL(page.url()).searchParams.get('about');
    await page.getByRole('region', { name: `What is said: ${topic}` }).locator('li mark').first().waitFor();
    const cell = rows.first().locator('a.cell').nth(1);
    const counted = number(await cell.locator('.num').textContent());
    await opens(page, cell, counted);
    const address = new URL(page.url()).searchParams;
    assert.ok(address.has('topic') && address.has('product'));
    await page.goBack();
    await page.getByRole('heading', { name: 'Words of this period' }).waitFor();
    await page.getByLabel('Date').fill(new Date(Date.now() - 20 * 86_400_000).toISOString().slice(0, 10));
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    const around = page.getByRole('region', { name: 'Before and after' }).locator('tbody tr').first();
    const after = number(await around.getByRole('cell').nth(1).textContent());
    await shoot(page, 'topics-before-after');
    await opens(page, around.getByRole('link'), after);
  }));

test('comparisons and authors open their mentions too', () =>
  visit(`/compare?${PERIOD}`, {}, async (page) => {
    await settled(page);
    const number_ = page.getByRole('region', { name: 'Side by side' }).locator('tbody a.link').first();
    await opens(page, number_, number(await number_.textContent()));
    await page.goto(`${url}/people?${PERIOD}`);
    await settled(page);
    await page.getByRole('button', { name: 'By mentions' }).click();
    await settled(page);
    const author = page.getByRole('region', { name: 'Authors' }).locator('tbody tr').first();
    await opens(page, author.getByRole('link'), number(await author.getByRole('cell').nth(1).textContent()));
  }));

test('a search finds, marks and explains, and a wrong one says where', () =>
  visit(LIST, { expectErrors: true }, async (page) => {
    const all = await total(page);
    await page.keyboard.press('/');
    await page.keyboard.type('batter* OR accu OR akku');
    await page.keyboard.press('Enter');
    await page.waitForURL((address) => address.searchParams.has('q'));
    await page.locator('#mentions mark').first().waitFor();
    const found = await total(page);
    assert.ok(found > 0 && found < all, `${found} of ${all}`);
    for (const text of await page.locator('#mentions mark').allTextContents()) {
      assert.match(text, /^(batter|accu|akku)/i);
    }
    await page.getByRole('button', { name: 'Why it matches' }).first().click();
    await page.locator('.why .clause.holds').first().waitFor();
    await shoot(page, 'search-explained');
    await accessible(page);
    await page.keyboard.press('Escape');
    await page.goto(`${url}/?${PERIOD}&q=${encodeURIComponent('batter* OR accu OR akku')}`);
    await settled(page);
    assert.equal(number(await page.locator('article .number').first().getAttribute('title')), found);
    await page.goto(`${url}${LIST}&q=${encodeURIComponent('(battery')}`);
    await page.getByText(/column/).first().waitFor();
    await shoot(page, 'search-wrong');
  }));

test('near-duplicates fold, and the file holds exactly the list', () =>
  visit(LIST, {}, async (page) => {
    const heading = async () => (await page.locator('#count').textContent()).split('·').map(number);
    const all = await total(page);
    await page.getByLabel('Fold near-duplicates').check();
    await page.waitForURL((address) => address.searchParams.has('fold'));
    await settled(page);
    const [mentions, stories] = await heading();
    assert.ok(mentions === all && stories < mentions, `${stories} of ${mentions}`);
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'JSON Lines' }).click()]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
    assert.equal(lines.length, stories);
  }));

test('a corrected tone counts at once, and is taken back', () =>
  visit(`${LIST}&sentiment=neutral`, {}, async (page) => {
    const before = await total(page);
    const first = page.locator('#mentions > li').first();
    await first.getByRole('button', { name: 'Correct' }).click();
    await shoot(page, 'correct-one');
    await accessible(page);
    await page.locator('.editor').getByRole('button', { name: 'Positive' }).click();
    await page.waitForFunction((n) => Number(document.querySelector('#count').textContent.split('·')[0].replaceAll(/[^0-9]/g, '')) === n, before - 1);
    await page.goto(`${url}${LIST}`);
    const corrected = page.locator('#mentions > li', { hasText: 'corrected by hand' }).first();
    await corrected.getByRole('button', { name: 'Correct' }).click();
    await page.locator('.editor').getByRole('button', { name: 'As the model says' }).click();
    await page.locator('.editor').waitFor({ state: 'detached' });
    await page.goto(`${url}${LIST}&sentiment=neutral`);
    assert.equal(await total(page), before);
  }));

test('the keyboard reaches pages and filters, and shows its keys', () =>
  visit(VIEW, {}, async (page) => {
    await settled(page);
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.waitForURL((address) => address.pathname === '/topics' && address.search === `?${PERIOD}`);
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await page.locator('#mentions').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    assert.equal(await page.evaluate(() => [...document.querySelectorAll('#mentions > li')].indexOf(document.activeElement)), 1);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await shoot(page, 'keys');
    await accessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.waitForLoadState('networkidle');
    await page.getByRole('button', { name: /Topic$/ }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.panel input[type=checkbox]').first().focus();
    await page.keyboard.press('Space');
    await page.waitForURL((address) => address.searchParams.has('topic'));
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.panel').count(), 0);
  }));

test('a period of one’s own, the other language and the other theme', () =>
  visit(VIEW, { colorScheme: 'light' }, async (page) => {
    await settled(page);
    await page.getByRole('button', { name: 'Custom', exact: true }).click();
    const today = new Date().toISOString().slice(0, 10);
    await page.getByLabel('From', { exact: true }).fill('2020-01-01');
    await page.getByLabel('Up to and including').fill(today);
    await shoot(page, 'period-open');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL((address) => address.searchParams.get('from') === '2020-01-01');
    await settled(page);

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
  visit(LIST, {}, async (page) => {
    const cards = page.locator('#mentions article');
    const all = await total(page);
    const first = await cards.count();
    if (all > first) {
      await page.keyboard.press('End');
      await page.waitForFunction((n) => document.querySelectorAll('#mentions article').length > n, first);
    }
    for (const link of await cards.locator('a[target]').all()) {
      assert.match((await link.getAttribute('href')) ?? '', /^https?:\/\//);
      assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
    }
    await shoot(page, 'list-scrolled');
  }));

test('whatever strangers write is shown as text and breaks nothing', () =>
  visit('/mentions?brand=Nobody', {}, async (page) => {
    const strange = '<script>document.title = "taken"</script><img src=x onerror=alert(1)> \u202Eשלום ' + 'W'.repeat(400);
    await page.route('**/api/v1/mentions?*', async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      const labels = [strange, strange];
      body.total = body.stories = 1;
      body.mentions = [
        {
          id: strange, published_at: new Date().toISOString(), source: strange, site: strange, kind: strange, title: strange,
          text: strange, text_cut: true, url: 'javascript:alert(1)', lang: 'not a language', country: '', sentiment: 'negative',
          sentiment_score: -1, sentiment_confidence: 1, brands: labels, products: labels, intent: 'other', rating: 0,
          topics: labels.map((name) => ({ name, sentiment_score: 0 })), author: { key: '', handle: strange, name: strange, followers: 1e12 },
          engagement: { likes: 1e15, replies: 0, shares: null, views: null }, story: null, story_mentions: 1, thread: null,
          found: { title: [[0, 8]], text: [[0, 8], [10, 20]] }, corrected: [],
        },
      ];
      await route.fulfill({ response: answer, json: body });
    });
    await page.goto(`${url}${LIST}`);
    await page.locator('ol article mark').getByText('<script>').first().waitFor();
    assert.equal(await page.locator('ol article').count(), 1);
    assert.equal(await page.locator('ol article a[target]').count(), 0);
    assert.doesNotMatch(await page.title(), /taken/);
    await page.setViewportSize(PHONE);
    await shoot(page, 'strange-mention');
  }));

test('without an answer the last numbers stay, and it mends itself', () =>
  visit(VIEW, { expectErrors: true }, async (page) => {
    await settled(page);
    const all = await page.locator('article .number').first().textContent();
    const body = JSON.stringify({ type: 'urn:hark:problem:database-unavailable', detail: 'away', status: 503 });
    await page.route('**/api/v1/**', (route) => route.fulfill({ status: 503, body, contentType: 'application/problem+json' }));
    await page.getByRole('button', { name: '30 d', exact: true }).click();
    await page.getByRole('alert').waitFor();
    assert.equal(await page.locator('article .number').first().textContent(), all);
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
