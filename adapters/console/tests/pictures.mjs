// The pictures of the README, taken of a library in which people rent.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { launch, open } from './browser.mjs';
import { BINARY, Service } from './service.mjs';

const FOLDER = resolve(process.env['SCREENS'] ?? join(import.meta.dirname, '../../../docs/screens'));
const VISITORS = ['--members', '40', '--books', '25', '--rate', '8', '--for', process.env['VISIT'] ?? '120s'];

test('pictures of a library that is used', async () => {
  const service = await Service.start();
  const browser = await launch();
  mkdirSync(FOLDER, { recursive: true });
  await service.member('jenny', 'Jenny');
  await service.member('tom', 'Tom');
  await service.book(1, 'For Whom the Bell Tolls');
  await service.book(2, 'The Old Man and the Sea');
  await service.rent('jenny', 1);
  await service.rent('tom', 2);
  const undone = await service.undone('tom', 1);
  const letter = await service.brokenBook(3, 'A Farewell to Arms');
  const visitors = spawn(BINARY, ['simulate', '--url', service.url, ...VISITORS], { stdio: 'ignore' });
  const visited = new Promise((done) => {
    visitors.once('exit', done);
  });
  const { page, visit, close } = await open(browser, service, { width: 1280, height: 800 });
  const take = async (name, hash, ready) => {
    await visit(hash);
    await page.waitForFunction(() => !document.querySelector('.loading'));
    await page.locator(ready).first().waitFor();
    await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  };
  await take('desk', `#/desk/members/tom?attempt=${undone}`, '.journey');
  await take('dead-letters', `#/dead-letters/${letter}`, 'h2');
  await take('processors', '#/processors/catalogue', 'table');
  await take('processes', `#/processes/${undone}`, '.journey');
  await take('events', '#/events', 'table tbody tr');
  await take('audit', '#/audit', 'table tbody tr');
  await take('settings', '#/settings', 'h2');
  await take('time-travel', '#/time-travel/rental-card-tom?version=4', '.difference');
  await take('map', '#/map?type=rental-card.item-rented', '.rate');
  await visited;
  await take('overview', '#/overview', '.chart');
  await close();
  await browser.close();
  await service.end();
});
