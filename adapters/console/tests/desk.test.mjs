// The desk: what a newcomer and a librarian do there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open } from './browser.mjs';
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

test('the tour shows a rent, one that is undone, a return, and a late fee that is paid', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await visit('#/desk');
  const tour = page.locator('.tour');
  const step = async (name) => {
    await tour.locator('li[aria-current=step]', { hasText: name }).getByRole('button', { name: 'Do it' }).click();
    await tour.locator('li.done', { hasText: name }).waitFor();
    // Whoever walks it by keys stays where the next step is.
    await page.waitForFunction(
      () =>
        ['Do it', null].includes(document.activeElement?.textContent ?? null) ||
        !document.querySelector('.tour li.now'),
    );
  };
  const ends = (status, text) => tour.locator(`[data-status=${status}]`, { hasText: text }).waitFor();
  for (const name of ['Register two members', 'Enter two books', 'Issue a rental card']) await step(name);
  await step('Jenny rents a book');
  await ends('COMPLETED', 'the rent is confirmed');
  await tour.getByRole('link', { name: 'Rent confirmed' }).waitFor();
  await step('Tom wants the same book');
  await ends('COMPENSATED', 'lent to another rental');
  await tour.getByRole('link', { name: 'Points taken back' }).waitFor();
  await step('Jenny returns it');
  await ends('COMPLETED', 'the return is confirmed');
  await step('brings it back too late');
  await ends('COMPLETED', 'the return is confirmed');
  await step('pays the late fee');
  await ends('COMPLETED', 'the fee is paid');
  await tour.getByText('That is the library.').waitFor();
  sound();
  await close();
});

test('a member is registered, gets a card and points, rents by number and returns', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  await service.book(71, 'A Farewell to Arms');
  await visit('#/desk');
  const form = page.getByRole('form', { name: 'Register a member' });
  await form.getByLabel('Id', { exact: true }).fill('mia');
  await form.getByLabel('Name').fill('Mia');
  await form.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('heading', { name: 'Mia' }).waitFor();
  await page.getByRole('button', { name: 'Issue a card' }).click();
  await page.getByText('No book on the card.').waitFor();
  const save = page.getByRole('form', { name: 'Add points' });
  await save.getByLabel('Points').fill('5');
  await save.getByRole('button').click();
  await page.getByText('5 points', { exact: true }).waitFor();
  await page.getByLabel('Book number').fill('71');
  await page.getByRole('button', { name: 'Rent', exact: true }).click();
  await page.locator('[data-status=COMPLETED]').waitFor();
  await page.getByRole('button', { name: 'Return A Farewell to Arms' }).click();
  await page.locator('[data-status=COMPLETED]', { hasText: 'the return is confirmed' }).waitFor();
  await page.getByText('25 points', { exact: true }).waitFor();
  sound();
  await close();
});

test('a refusal is shown with its detail, and fields with what is wrong in them', async () => {
  const { page, visit, close } = await open(browser, service);
  await service.member('rex', 'Rex');
  await visit('#/desk');
  const form = page.getByRole('form', { name: 'Register a member' });
  await form.getByLabel('Id', { exact: true }).fill('rex');
  await form.getByLabel('Name').fill('Somebody else');
  await form.getByRole('button', { name: 'Register' }).click();
  await form.getByRole('alert').getByText('The id belongs to another member').waitFor();
  await form.getByLabel('Id', { exact: true }).fill('not an id');
  await form.getByRole('button', { name: 'Register' }).click();
  await form.locator('input[name=id][aria-invalid]').waitFor();
  assert.match(await form.locator('.error').innerText(), /id/);
  await close();
});

test('a title with markup is text wherever it is shown', async () => {
  const { page, visit, sound, close } = await open(browser, service);
  const title = '<script>window.ran = 1</script><img src=x onerror="window.ran = 1">';
  await service.book(666, title);
  await service.member('eve', '<b>Eve</b>');
  await service.rent('eve', 666);
  const { items } = await service.get('/v1/processes?memberId=eve');
  for (const hash of [
    '#/desk/books?search=script',
    '#/desk/books/666',
    '#/desk/members/eve',
    '#/time-travel/book-666',
    `#/processes/${items[0].id}`,
    `#/events/${items[0].steps[0].position}`,
  ]) {
    await visit(hash);
    await page.waitForFunction(() => !document.querySelector('.loading'));
    assert.equal(await page.evaluate(() => window.ran), undefined, hash);
    assert.equal(await page.locator('main script, main img[src=x], main b').count(), 0, hash);
  }
  await visit('#/desk/books/666');
  await page.getByRole('heading', { name: title }).waitFor();
  sound();
  await close();
});

test('a click that is repeated while the answer is on its way is one command', async () => {
  const { page, visit, close } = await open(browser, service);
  await service.member('otto', 'Otto');
  await visit('#/desk/members/otto');
  const keys = [];
  let dropped = false;
  await page.route('**/points/save', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (dropped) return route.continue();
    // The command is done, and its answer is lost.
    dropped = true;
    await route.fetch();
    return route.abort();
  });
  const save = page.getByRole('form', { name: 'Add points' });
  await save.getByLabel('Points').fill('7');
  await save.getByRole('button').click();
  await save.getByRole('alert').waitFor();
  await save.getByRole('button').click();
  await page.getByText('7 points', { exact: true }).waitFor();
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.equal((await service.get('/v1/members/otto')).points, 7);
  await close();
});
