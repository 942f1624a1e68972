// The frame: language, theme, keyboard, and a page that finds its service again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, overflow } from './browser.mjs';
import { Service } from './service.mjs';

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

test('a page whose service was away goes on by itself when it is back', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await service.member('ann', 'Ann');
  await visit('#/desk/members/ann');
  await page.getByText('0 points', { exact: true }).waitFor();
  await service.stop();
  await page.locator('[data-state=offline]').waitFor();
  await service.go();
  await service.book(5, 'The Sun Also Rises');
  await service.rent('ann', 5);
  await page.getByText('10 points', { exact: true }).waitFor();
  await page.locator('[data-state=live], [data-state=polling]').waitFor();
  sound();
  await close();
});

test('nothing is asked for while nobody looks', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await visit('#/processors');
  await page.locator('[data-state=live], [data-state=polling]').waitFor();
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await page.locator('[data-state=paused]').waitFor();
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: false, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await page.locator('[data-state=live], [data-state=polling]').waitFor();
  sound();
  await close();
});
