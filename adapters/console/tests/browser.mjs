// A real browser, and pages of the console in which nothing may go wrong unseen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launch() {
  return chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS });
}

/** A page of the console, and what went wrong in it so far. */
export async function open(browser, service, { width = 1360, height = 860, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('dialog', (dialog) => wrong.push(`a dialog: ${dialog.message()}`));
  page.on('console', (message) => {
    // An answer that refuses is shown by the page; that the browser notes it too is no fault.
    const isAnswer = /Failed to load resource|net::ERR_/.test(message.text());
    if (message.type() === 'error' && !isAnswer) wrong.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(service.url)) wrong.push(`asked elsewhere: ${request.url()}`);
  });
  const visit = (hash) => page.goto(`${service.url}/${hash}`);
  const sound = () => assert.deepEqual(wrong, []);
  return { page, context, visit, sound, close: () => context.close() };
}

/** Serious findings of axe; its script comes past the page's policy, as a tester's tools do. */
export async function accessibilityFindings(page) {
  const { result } = await page
    .context()
    .newCDPSession(page)
    .then((session) =>
      session.send('Runtime.evaluate', {
        expression: `${AXE}; axe.run(document, { resultTypes: ['violations'] }).then((found) =>
      JSON.stringify(found.violations.filter((one) => ['serious', 'critical'].includes(one.impact))
        .map((one) => ({ id: one.id, nodes: one.nodes.map((node) => node.html.slice(0, 160) + ' ' + node.failureSummary) }))))`,
        awaitPromise: true,
        returnByValue: true,
      }),
    );
  return JSON.parse(result.value);
}

/** How many pixels the page is wider than its window. */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}
