// The log: events, their causes, and how things stood before.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open } from './browser.mjs';
import { Service } from './service.mjs';

let service;
let browser;
let undone;

before(async () => {
  [service, browser] = await Promise.all([Service.start(), launch()]);
  await service.member('jenny', 'Jenny');
  await service.member('tom', 'Tom');
  await service.book(1, 'For Whom the Bell Tolls');
  await service.rent('jenny', 1);
  undone = await service.undone('tom', 1);
});
after(async () => {
  await browser?.close();
  await service?.end();
});

test('the log is filtered by type, and the filter stands in the address', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await visit('#/events');
  await page.getByLabel('Type').selectOption('book.lending-refused');
  await page.waitForURL(/type=book\.lending-refused/);
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  assert.equal(await page.getByLabel('Type').inputValue(), 'book.lending-refused');
  sound();
  await close();
});

test('causes are walked from event to event', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  const { items } = await service.get(`/v1/events?correlation=${undone}`);
  const cancelled = items.find((event) => event.type === 'rental-card.rent-cancelled');
  await visit(`#/events/${cancelled.position}`);
  const causes = page.locator('section', { has: page.getByRole('heading', { name: 'Causes and effects' }) });
  await causes.getByText('Caused by', { exact: true }).waitFor();
  await causes.locator('dd').first().getByRole('link').click();
  await page.getByRole('heading', { name: /Lending refused/ }).waitFor();
  await causes.locator('dd').first().getByRole('link').click();
  await page.getByRole('heading', { name: /Rent started/ }).waitFor();
  await page.locator('li.selected', { hasText: 'Rent started' }).waitFor();
  await causes.locator('dd').first().getByText('a person').waitFor();
  sound();
  await close();
});

test('a stream is followed back to its beginning, with what each event changed', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await visit('#/time-travel/book-1');
  // The last event is a refusal: it changed nothing.
  await page.getByText(/version 4 of 4/).waitFor();
  await page.getByText('It changed nothing that the state keeps.').waitFor();
  await page.getByRole('button', { name: 'Earlier' }).click();
  await page.waitForURL(/version=3/);
  await page.getByText(/version 3 of 4/).waitFor();
  await page.locator('.difference', { hasText: 'LENT' }).waitFor();
  await page.getByRole('slider').focus();
  await page.keyboard.press('Home');
  await page.getByText(/version 0 of 4/).waitFor();
  await page.getByText('Before its first event there was nothing.').waitFor();
  sound();
  await close();
});

test('a process shows each answer and what was undone', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await visit('#/processes?status=COMPENSATED');
  await page.locator('tbody th a').first().click();
  await page.locator('[data-status=COMPENSATED]', { hasText: 'lent to another rental' }).waitFor();
  for (const name of ['Rent started', 'Lending refused', 'Rent cancelled', 'Points taken back', 'Everything undone']) {
    await page.locator('.journey').getByRole('link', { name }).waitFor();
  }
  sound();
  await close();
});
