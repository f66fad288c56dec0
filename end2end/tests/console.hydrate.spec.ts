import { openConsole, somebody, TOKEN } from '../console.ts';
import { expect, test } from '../fixtures.ts';

test('the overview goes on while it is open', async ({ page, startServer }) => {
  const { url } = await startServer({ CONSOLE_TOKEN: TOKEN });
  await openConsole(page, url);
  await expect(page.locator('#live')).toHaveText('0');
  await expect(page.locator('.hour .begun')).toHaveAttribute('d', /.*/);
  const loaded = await page.evaluate(() => performance.timeOrigin);
  await somebody(url, '小明');
  await expect(page.locator('#live')).toHaveText('1');
  await expect(page.locator('.hour .begun')).toHaveAttribute('d', /v-50/);
  expect(await page.evaluate(() => performance.timeOrigin)).toBe(loaded);
});

test('a server that is away is said to be, and what it said last stays', async ({ page, startServer, trouble }) => {
  const { url } = await startServer({ CONSOLE_TOKEN: TOKEN });
  await openConsole(page, url);
  await expect(page.locator('#live')).toHaveText('0');
  trouble.expect(503, '/console/now/');
  await page.route('**/console/now/', (route) => route.fulfill({ status: 503 }));
  await expect(page.getByText('实时更新已暂停')).toBeVisible({ timeout: 15_000 });
  await expect(page.locator('#live')).toHaveText('0');
  await page.unroute('**/console/now/');
  await expect(page.getByText('实时更新已暂停')).toBeHidden({ timeout: 15_000 });
});

test('a console that was closed meanwhile shows its login', async ({ page, startServer, trouble }) => {
  const { url } = await startServer({ CONSOLE_TOKEN: TOKEN });
  await openConsole(page, url);
  await expect(page.locator('#live')).toHaveText('0');
  trouble.expect(401, '/console/now/');
  await page.context().clearCookies({ name: 'console' });
  await expect(page.getByLabel('令牌')).toBeVisible({ timeout: 15_000 });
});
