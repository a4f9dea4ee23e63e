import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatHtml } from '../../packages/core/src/diff/format/html.ts';
import type { DiffReport } from '../../packages/core/src/diff/model.ts';
import {
  changeOf,
  chartBump,
  groupOf,
  nastyTexts,
  nodesComeAndGo,
  reportOf,
  reportWith,
  withErrors,
} from '../../packages/core/test/diff-reports.ts';
import { findChromium } from './find-chromium.ts';
import { largeReport } from './large-report.ts';

const executablePath = findChromium(process.env);
const pictures = join(tmpdir(), 'tidegate-diff-page');
const report: DiffReport = {
  ...chartBump,
  environments: [
    ...nodesComeAndGo.environments,
    ...chartBump.environments,
    ...reportOf({ environment: 'test', errors: withErrors.environments[0]?.errors ?? [] })
      .environments,
  ],
};
let browser: Browser;
let folder = '';
/** What must stay empty: complaints of the page, and what it loads. */
let complaints: string[] = [];

beforeAll(async () => {
  if (executablePath === undefined) return;
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  folder = await mkdtemp(join(tmpdir(), 'tidegate-page-'));
  await mkdir(pictures, { recursive: true });
});

afterAll(async () => {
  if (executablePath === undefined) return;
  await browser.close();
  await rm(folder, { recursive: true });
});

beforeEach((context) => {
  if (executablePath === undefined) {
    context.skip('no Chromium here: install it, or name it in CHROMIUM');
  }
  complaints = [];
});

async function open(shown: DiffReport, options: BrowserContextOptions = {}): Promise<Page> {
  const file = join(folder, 'diff.html');
  await writeFile(file, formatHtml(shown));
  const url = pathToFileURL(file).href;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (request.url() !== url && request.url() !== 'data:,') {
      complaints.push(`request: ${request.url()}`);
    }
  });
  await page.goto(url);
  return page;
}

/** Closes the page; it has neither complained nor loaded anything. */
async function close(page: Page): Promise<void> {
  await page.context().close();
  expect(complaints).toEqual([]);
}

describe('the page of a diff', () => {
  it('finds what is searched for, and marks it', async () => {
    const page = await open(report);
    expect(await page.getByRole('status').innerText()).toBe('5 changes');
    await page.screenshot({ path: join(pictures, 'light.png'), fullPage: true });
    await page.keyboard.press('/');
    await page.keyboard.type('volumeclaim');
    await page.getByText('1 of 5 changes').waitFor();
    await page.locator('.group > summary').click();
    expect(await page.locator('.resource').count()).toBe(1);
    expect(await page.locator('.diff mark').first().textContent()).toBe('volumeClaim');
    expect(await page.getByText('1 more do not match the filters.').isVisible()).toBe(true);
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('status').innerText()).toBe('5 changes');
    await page.getByRole('searchbox').fill('there is no such thing');
    await page.getByText('Nothing matches.').waitFor();
    await close(page);
  });

  it('filters by environment, node and risk', async () => {
    const page = await open(report);
    const count = async (): Promise<string> => page.getByRole('status').innerText();
    await page.getByLabel('Environment', { exact: true }).selectOption('preprod');
    expect(await count()).toBe('2 of 5 changes');
    expect(await page.getByLabel('Node').locator('option').count()).toBe(202);
    await page.getByLabel('Node').selectOption('node-0123');
    expect(await count()).toBe('1 of 5 changes');
    await page.getByLabel('Environment', { exact: true }).selectOption('qa');
    expect(await page.getByLabel('Node').inputValue()).toBe('');
    await page.getByLabel('Risk').selectOption('high');
    expect(await count()).toBe('1 of 5 changes');
    expect(await page.locator('.group').textContent()).toContain('namespace (admin)');
    await close(page);
  });

  it('shows both sides beside each other', async () => {
    const page = await open(report);
    await page.getByLabel('Environment', { exact: true }).selectOption('preprod');
    await page.getByRole('button', { name: 'Open all' }).click();
    expect(await page.locator('.row.two').count()).toBe(0);
    expect(await page.locator('.row.one').count()).toBeGreaterThan(10);
    await page.screenshot({ path: join(pictures, 'unified.png'), fullPage: true });
    const button = page.getByRole('button', { name: 'Side by side' });
    await button.click();
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    const row = page.locator('.row.two', { hasText: 'backend:3.1.0' }).first();
    expect(((await row.textContent()) ?? '').replaceAll(/\s+/g, ' ')).toBe(
      '- image: registry.example.com/dlt/backend:3.1.0+ image: registry.example.com/dlt/backend:3.2.0',
    );
    await page.screenshot({ path: join(pictures, 'split.png'), fullPage: true });
    await page.getByRole('button', { name: 'Close all' }).click();
    expect(await page.locator('.row').count()).toBe(0);
    await close(page);
  });

  it('can be used with the keyboard alone', async () => {
    const page = await open(report);
    await page.locator('.group > summary').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.group').first().getAttribute('open')).toBe('');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    expect(await page.locator('.resource').first().getAttribute('open')).toBeNull();
    await page.getByRole('button', { name: 'Side by side' }).focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.group').first().getAttribute('open')).toBe('');
    expect(await page.locator('.resource').first().getAttribute('open')).toBeNull();
    await close(page);
  });

  it('is light or dark as the system is, or as asked', async () => {
    const page = await open(report, { colorScheme: 'dark' });
    const colour = (): Promise<string> =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(await colour()).toBe('rgb(14, 17, 22)');
    await page.getByRole('button', { name: 'Open all' }).click();
    await page.screenshot({ path: join(pictures, 'dark.png'), fullPage: true });
    await page.getByRole('button', { name: 'Theme: auto' }).click();
    expect(await colour()).toBe('rgb(245, 246, 248)');
    await close(page);
  });

  it('is readable on a phone', async () => {
    const page = await open(report, { viewport: { width: 360, height: 740 } });
    await page.getByRole('button', { name: 'Open all' }).click();
    await page.screenshot({ path: join(pictures, 'phone.png'), fullPage: true });
    await page.getByRole('button', { name: 'Side by side' }).click();
    await page.screenshot({ path: join(pictures, 'phone-split.png'), fullPage: true });
    const overflow = await page.evaluate<number>(
      'document.documentElement.scrollWidth - innerWidth',
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await close(page);
  });

  it('says what it cannot show without scripts', async () => {
    const page = await open(report, { javaScriptEnabled: false });
    expect(await page.getByText('it does not run here').isVisible()).toBe(true);
    expect(await page.getByRole('search').isVisible()).toBe(false);
    expect(await page.getByRole('heading', { name: 'preprod' }).isVisible()).toBe(true);
    await close(page);
  });

  it('keeps texts as texts', async () => {
    const environments = nastyTexts.flatMap((text) => reportWith(text).environments);
    const page = await open({ base: nastyTexts[2], head: nastyTexts[3], environments });
    await page.getByRole('button', { name: 'Open all' }).click();
    await page.getByRole('button', { name: 'Side by side' }).click();
    await page.getByRole('searchbox').fill('<script>');
    await page.getByText(`2 of ${nastyTexts.length} changes`).waitFor();
    expect(await page.locator('main :is(img, a, script, b, i)').count()).toBe(0);
    expect(await page.locator('.group').count()).toBe(2);
    await close(page);
  });

  it('shows long diffs and lines in parts', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `+line ${index}`);
    const page = await open(
      reportOf({
        environment: 'qa',
        groups: [groupOf({ resources: [changeOf({}, [...lines, `+${'🎉'.repeat(9_000)}`])] })],
      }),
    );
    await page.locator('.resource > summary').click();
    expect(await page.locator('.row').count()).toBe(2_000);
    await page.getByRole('button', { name: 'Show more of 3,001 lines' }).click();
    await page.getByRole('button', { name: 'Show more of 1,001 lines' }).click();
    expect(await page.locator('.row').count()).toBe(5_001);
    await page.getByRole('button', { name: 'show all 18,000 characters' }).click();
    expect((await page.locator('.code').last().textContent())?.length).toBe(18_000);
    await close(page);
  });

  it('stays quick with 5,000 groups', async () => {
    const page = await open(largeReport(5_000));
    expect(await page.getByRole('status').innerText()).toBe(
      '5,000 changes; the first 200 are shown',
    );
    await page.screenshot({ path: join(pictures, 'large.png') });
    const start = performance.now();
    await page.getByRole('button', { name: 'Open all' }).click();
    expect(await page.locator('.row').count()).toBe(200 * 81);
    await page.getByRole('button', { name: 'Close all' }).click();
    await page.getByRole('button', { name: 'Show more' }).click();
    expect(await page.locator('.group').count()).toBe(400);
    await page.getByRole('searchbox').fill('node-4321.example');
    await page.getByText('1 of 5,000 changes').waitFor();
    expect(performance.now() - start).toBeLessThan(10_000);
    await close(page);
  });
});
