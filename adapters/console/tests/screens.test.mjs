// Every screen, wide and narrow, light and dark: it fits, says what it has to, and axe finds nothing serious.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { accessibilityFindings, launch, open, overflow } from './browser.mjs';
import { Service } from './service.mjs';

/** Pictures go here where they are asked for: those of the README are taken on purpose, not by every run. */
const PICTURES = process.env['SCREENS'] ? resolve(process.env['SCREENS']) : undefined;

let service;
let browser;
let undone;
let event;
let letter;

before(async () => {
  [service, browser] = await Promise.all([Service.start(), launch()]);
  await service.member('jenny', 'Jenny');
  await service.member('tom', 'Tom');
  await service.book(1, 'For Whom the Bell Tolls');
  await service.book(2, 'The Old Man and the Sea');
  await service.rent('jenny', 1);
  undone = await service.undone('tom', 1);
  await service.rent('tom', 2);
  letter = await service.brokenBook(3, 'Islands in the Stream');
  const { items } = await service.get(`/v1/events?correlation=${undone}`);
  event = items.find((one) => one.type === 'rental-card.undo-requested').position;
  if (PICTURES) mkdirSync(PICTURES, { recursive: true });
});
after(async () => {
  await browser?.close();
  await service?.end();
});

const screens = () => [
  ['overview', '#/overview'],
  ['desk', '#/desk'],
  ['desk-member', `#/desk/members/tom?attempt=${undone}`],
  ['desk-books', '#/desk/books'],
  ['desk-cards', '#/desk/cards'],
  ['desk-loans', '#/desk/loans'],
  ['desk-ranking', '#/desk/ranking'],
  ['processes', '#/processes'],
  ['process', `#/processes/${undone}`],
  ['processors', '#/processors'],
  ['processor', '#/processors/catalogue'],
  ['dead-letters', '#/dead-letters'],
  ['dead-letter', `#/dead-letters/${letter}`],
  ['map', '#/map?type=rental-card.item-rented'],
  ['events', '#/events'],
  ['tail', '#/events?view=tail'],
  ['event', `#/events/${event}`],
  ['time-travel', '#/time-travel/rental-card-tom'],
  ['audit', '#/audit'],
  ['settings', '#/settings'],
];

const LOOKS = [
  { name: 'wide', width: 1360, height: 860, colorScheme: 'light', locale: 'en-GB' },
  { name: 'narrow', width: 390, height: 844, colorScheme: 'dark', locale: 'ko-KR' },
];

for (const look of LOOKS) {
  test(`every screen fits and can be used by everybody: ${look.name}, ${look.colorScheme}, ${look.locale}`, async () => {
    const { page, visit, sound, close } = await open(browser, service, look);
    for (const [name, hash] of screens()) {
      await visit(hash);
      await page.locator('h1').waitFor();
      await page.waitForFunction(() => !document.querySelector('.loading'));
      assert.equal(await overflow(page), 0, `${name} is wider than its window`);
      assert.deepEqual(await accessibilityFindings(page), [], name);
      if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}-${look.name}.png`) });
    }
    sound();
    await close();
  });
}

test('a dialog that asks before something is done can be used by everybody', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await visit('#/processors/lend-books');
  await page.getByRole('button', { name: 'Reset' }).click();
  await page.getByRole('dialog').getByLabel('Go on from').selectOption('place');
  assert.deepEqual(await accessibilityFindings(page), []);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Reset');
  sound();
  await close();
});
