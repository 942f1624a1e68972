// What operators do: with processors, dead letters, deliveries, and processes in review.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open } from './browser.mjs';
import { Service } from './service.mjs';
import { until } from './until.mjs';

let service;
let browser;
let inReview;
let letter;

before(async () => {
  [service, browser] = await Promise.all([Service.start(), launch()]);
  await service.member('jenny', 'Jenny');
  await service.book(1, 'For Whom the Bell Tolls');
  letter = await service.brokenBook(13, 'Islands in the Stream');
  // Nobody answers for the points: after its deadline the rent waits for a decision.
  await service.post('/v1/processors/keep-points/pause', { reason: 'to leave a rent without an answer' });
  inReview = (await service.post('/v1/rental-cards/jenny/rent', { bookNo: 1 })).processId;
});
after(async () => {
  await browser?.close();
  await service?.end();
});

/** Answers the questions of a dialog and confirms. */
async function confirm(page, { name, reason }) {
  const dialog = page.getByRole('dialog');
  if (reason) await dialog.getByLabel('Reason').fill(reason);
  const submit = dialog.locator('button[type=submit]');
  if (name) {
    assert.equal(await submit.isDisabled(), true);
    await dialog.getByLabel(`Type ${name} to confirm`).fill(name);
  }
  await submit.click();
  await dialog.waitFor({ state: 'detached' });
}

test('a processor is paused by its name and started again, and both are in the audit', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await visit('#/processors/loans');
  await page.getByRole('button', { name: 'Pause' }).click();
  await confirm(page, { name: 'loans', reason: 'a look at it' });
  await page.locator('.member-head').getByText('Paused').waitFor();
  await page.getByRole('button', { name: 'Start' }).click();
  await confirm(page, {});
  await page.locator('.member-head').getByText('Running').waitFor();
  await visit('#/audit');
  await page.locator('tr', { hasText: 'a look at it' }).getByText('Applied').waitFor();
  sound();
  await close();
});

test('a segment is split, and a view is rebuilt', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await visit('#/processors/best-sellers');
  await page.getByRole('button', { name: 'Split' }).click();
  await confirm(page, { name: 'best-sellers' });
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2);
  await page.getByRole('button', { name: 'Rebuild' }).click();
  await confirm(page, { name: 'best-sellers', reason: 'to see it built' });
  const rebuilt = async () =>
    (await service.get('/v1/processors/best-sellers')).segments.every((one) => one.generation > 0);
  await until('the new view is there', rebuilt);
  sound();
  await close();
});

test('a dead letter says why, is edited, and is gone', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await visit('#/dead-letters');
  await page.getByRole('link', { name: 'Book entered' }).first().click();
  await page.waitForURL(new RegExp(letter));
  await page.getByText('It is not JSON').waitFor();
  await page.getByRole('button', { name: 'Edit and retry' }).click();
  const { sequence } = await service.get(`/v1/dead-letters/${letter}`);
  const payload = { details: { no: 13, title: 'Islands in the Stream' } };
  await page.getByLabel('Payload (JSON)').fill('{"details": 5}');
  await page.getByRole('dialog').getByLabel('Reason').fill('the event was damaged');
  await page.getByLabel(`Type ${sequence} to confirm`).fill(sequence);
  await page.getByRole('dialog').locator('button[type=submit]').click();
  await page.getByRole('dialog').getByRole('alert').waitFor();
  await page.getByLabel('Payload (JSON)').fill(JSON.stringify(payload));
  await page.getByRole('dialog').locator('button[type=submit]').click();
  await page.getByText('The letter is gone').waitFor();
  sound();
  await close();
});

test('an event is delivered once more to the processor that needs it', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  const { items } = await service.get('/v1/events?type=rental-card.item-rented');
  await visit(`#/events/${items[0].position}`);
  await page.locator('tr', { hasText: 'count-rentals' }).getByRole('button', { name: 'Redeliver' }).click();
  await confirm(page, { name: 'count-rentals', reason: 'to be sure' });
  await visit('#/audit');
  await page.locator('tr', { hasText: 'to be sure' }).waitFor();
  sound();
  await close();
});

test('the map says who follows a type of event, and where it waits', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await visit('#/map');
  await page.locator('.map-types').getByRole('link', { name: 'Rent started' }).click();
  const chosen = page.locator('.map-chosen');
  await chosen.getByRole('link', { name: 'keep-points' }).waitFor();
  await chosen
    .locator('li', { hasText: 'keep-points' })
    .getByText(/Paused/)
    .waitFor();
  await chosen.getByText(/to leave a rent without an answer/).waitFor();
  sound();
  await close();
});

test('a rent that nobody answers waits for a decision, and is decided', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  const review = async () => (await service.get(`/v1/processes/${inReview}`)).status === 'NEEDS_REVIEW';
  await until('the deadline has passed', review, 60_000);
  await visit('#/processes?status=NEEDS_REVIEW');
  await page.locator('tbody th a').first().click();
  await page.getByRole('button', { name: 'Cancel it' }).click();
  await confirm(page, { reason: 'the points never answered' });
  await page.locator('[data-status=RESOLVED]').waitFor();
  sound();
  await close();
});
