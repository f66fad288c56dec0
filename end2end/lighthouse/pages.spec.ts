import type { BrowserContext } from '@playwright/test';
import { openConsole, somebody, TOKEN } from '../console.ts';
import { expect, test } from '../fixtures.ts';
import { logIn } from '../pages.ts';
import { leaveFirstVisit } from './first-visit.ts';
import { CATEGORIES, lighthouse, type Report } from './report.ts';

function expectGood(page: string, { categories, audits }: Report): void {
  const scores = CATEGORIES.map((name) => Math.round(categories[name]!.score * 100));
  const shift = audits['cumulative-layout-shift']!.numericValue!;
  const interactive = Math.round(audits['interactive']!.numericValue!);
  const bytes = audits['total-byte-weight']!.numericValue!;
  console.log(`| ${page} | ${scores.join(' | ')} | ${shift} | ${interactive} ms | ${bytes} |`);

  const [performance, ...others] = scores;
  const failed = Object.values(audits)
    .filter(({ score }) => score !== null && score < 0.9)
    .map(({ title }) => title);
  expect(others, failed.join('; ')).toEqual([100, 100, 100]);
  expect(performance, failed.join('; ')).toBeGreaterThanOrEqual(98);
  expect(shift, JSON.stringify(audits['layout-shifts']!.details?.items)).toBe(0);
}

test.beforeAll(() => {
  const columns = ['page', ...CATEGORIES, 'layout shift', 'interactive', 'bytes'];
  console.log(`\n| ${columns.join(' | ')} |\n|${'---|'.repeat(columns.length)}`);
});

for (const path of ['/', '/login/']) {
  test(`${path}, nobody logged in`, async ({ server }) => {
    const report = await lighthouse(server.url + path);
    if (path === '/') await leaveFirstVisit(report);
    expectGood(path, report);
  });
}

async function cookies(context: BrowserContext, url: string): Promise<string> {
  const cookies = await context.cookies(url);
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}

test('/, logged in', async ({ page, context, server }) => {
  await logIn(page, '小明');
  const url = `${server.url}/`;
  expectGood('/, logged in', await lighthouse(url, await cookies(context, url)));
});

test('/console/', async ({ page, context, startServer }) => {
  const server = await startServer({ CONSOLE_TOKEN: TOKEN });
  for (const uname of ['小明', '小红']) await somebody(server.url, uname);
  const url = `${server.url}/console/`;
  expectGood('/console/, closed', await lighthouse(url));
  await openConsole(page, server.url);
  expectGood('/console/', await lighthouse(url, await cookies(context, url)));
});
