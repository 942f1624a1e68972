// The frame: language, theme, keyboard, and a page that finds its service again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, overflow } from './browser.mjs';
import { Service } from './service.mjs';
import { until } from './until.mjs';

let service;
let browser;

before(async () => {
  [service, browser] = await Promise.all([Service.start(), launch()]);
});
after(async () => {
  await browser?.close();
  await service?.end();
});

test("the language is the browser's, can be changed, and is remembered", async () => {
  const { page, visit, sound, close } = await open(browser, service, { locale: 'ko-KR' });
  await visit('');
  await page.getByRole('heading', { level: 1, name: '개요' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'ko');
  await page.locator('select[name=language]').selectOption('en');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  sound();
  await close();
});

test('the theme follows the system until somebody chooses one', async () => {
  const { page, visit, sound, close } = await open(browser, service, { colorScheme: 'dark' });
  await visit('');
  const theme = () => page.locator('html').getAttribute('data-theme');
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'light');
  await page.locator('select[name=theme]').selectOption('dark');
  await page.reload();
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  assert.equal(await theme(), 'dark');
  sound();
  await close();
});

test('every screen is reached by keys, and keys can be switched off', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await visit('');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
  for (const [key, title] of [
    ['d', 'Desk'],
    ['p', 'Processors'],
    ['l', 'Dead letters'],
    ['m', 'Flow map'],
    ['e', 'Events'],
    ['t', 'Time travel'],
    ['c', 'Processes'],
    ['a', 'Audit'],
    ['s', 'Settings & build'],
    ['o', 'Overview'],
  ]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
  }
  await page.keyboard.press('?');
  await page.getByLabel('Shortcuts on').uncheck();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Overview');
  sound();
  await close();
});

test('a narrow page has its menu behind a button', async () => {
  const { page, visit, sound, close } = await open(browser, service, { width: 390, height: 800 });
  await visit('#/desk');
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('link', { name: 'Processors' }).click();
  await page.getByRole('heading', { level: 1, name: 'Processors' }).waitFor();
  await page.getByRole('link', { name: 'Audit' }).waitFor({ state: 'hidden' });
  assert.equal(await overflow(page), 0);
  sound();
  await close();
});

test('a page whose service was away goes on by itself where it was', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  const asked = [];
  page.on('request', (request) => {
    if (request.url().includes('/v1/live')) asked.push(request.headers()['last-event-id']);
  });
  await service.member('ann', 'Ann');
  await visit('#/desk/members/ann');
  await page.locator('[data-state=live]').waitFor();
  await service.book(4, 'A Moveable Feast');
  await service.rent('ann', 4);
  await page.getByText('10 points', { exact: true }).waitFor();
  await service.stop();
  await page.locator('[data-state=offline]').waitFor();
  const before = asked.length;
  await service.go();
  await service.book(5, 'The Sun Also Rises');
  await service.rent('ann', 5);
  await page.locator('[data-state=live]').waitFor();
  await page.getByText('20 points', { exact: true }).waitFor();
  assert.match(asked.at(-1) ?? 'nothing', /^\d+:/);
  assert.ok(asked.length > before);
  sound();
  await close();
});

test('where there is no stream, everything is asked for every few seconds', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await service.member('bob', 'Bob');
  const problem = { type: '/problems/not-found', title: 'nothing', status: 404, detail: 'nothing' };
  const answer = { status: 404, contentType: 'application/problem+json', body: JSON.stringify(problem) };
  await page.route('**/v1/live*', (route) => route.fulfill(answer));
  await visit('#/desk/members/bob');
  await page.locator('[data-state=polling]').waitFor();
  await service.post('/v1/members/bob/points/save', { amount: 3 });
  await page.getByText('3 points', { exact: true }).waitFor();
  sound();
  await close();
});

test('the stream rests while nobody looks, and goes on when somebody does', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await service.member('cleo', 'Cleo');
  const look = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await visit('#/desk/members/cleo');
  await page.locator('[data-state=live]').waitFor();
  await look(true);
  await page.locator('[data-state=paused]').waitFor();
  let asked = 0;
  page.on('request', () => {
    asked += 1;
  });
  await service.post('/v1/members/cleo/points/save', { amount: 4 });
  await until('the service has it', async () => (await service.get('/v1/members/cleo')).points === 4);
  assert.equal(asked, 0);
  await look(false);
  await page.locator('[data-state=live]').waitFor();
  await page.getByText('4 points', { exact: true }).waitFor();
  sound();
  await close();
});

test('the overview and the tail of the log show what happens', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await visit('#/overview');
  await page.locator('.charts .chart').first().waitFor();
  const head = async () => Number((await page.locator('.tile strong').first().innerText()).replace(/\D/g, ''));
  const before = await head();
  await service.member('dora', 'Dora');
  await until('the overview has it', async () => (await head()) >= before + 2);
  await visit('#/events?view=tail');
  await page.getByText('Waiting for the next event.').waitFor();
  await page.locator('[data-state=live]').waitFor();
  const tail = async () => {
    await service.post('/v1/members/dora/points/save', { amount: 1 });
    return (await page.locator('tbody tr', { hasText: 'member.points-saved' }).count()) > 0;
  };
  await until('the tail has it', tail);
  sound();
  await close();
});
