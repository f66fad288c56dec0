import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { openConsole, somebody, TOKEN } from '../console.ts';
import { expect, test } from '../fixtures.ts';
import { logIn } from '../pages.ts';

async function expectNothingFound(page: Page): Promise<void> {
  await page.waitForLoadState('load');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }))).toEqual([]);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing on the first page', async ({ page }) => {
      await page.goto('/');
      await expectNothingFound(page);
      await logIn(page, '小明', { expiry: 'idle', seconds: '600' });
      await expect(page.locator('#countdown')).toBeVisible();
      await expectNothingFound(page);
      await page.getByRole('button', { name: 'English' }).click();
      await expectNothingFound(page);
    });

    test('nor on the login and where something is wrong', async ({ page, trouble }) => {
      await page.goto('/login/');
      await expectNothingFound(page);
      trouble.expect(400, '/login_handle/');
      await logIn(page, ' ', { expiry: 'days', days: 'x' });
      await expect(page.locator('#uname-error')).toBeVisible();
      await expectNothingFound(page);
    });

    test('nor on the logout, on a page that is not there, and where a session is over', async ({
      page,
      trouble,
    }) => {
      await logIn(page, '小明', { expiry: 'idle', seconds: '5' });
      await expect(page.getByRole('status')).toContainText('会话已过期');
      await expectNothingFound(page);
      trouble.expect(404, '/nowhere/');
      await page.goto('/nowhere/');
      await expectNothingFound(page);
    });

    test('nor in the console', async ({ page, startServer }) => {
      const { url } = await startServer({ CONSOLE_TOKEN: TOKEN });
      await somebody(url, '小明');
      await page.goto(`${url}/console/`);
      await expectNothingFound(page);
      await openConsole(page, url);
      await page.getByRole('button', { name: '现在清除' }).click();
      await expect(page.locator('#jobs')).toContainText('清除过期的会话');
      await expectNothingFound(page);
      await page.goto(`${url}/console/sessions/?uname=小明`);
      await expectNothingFound(page);
      await page.getByRole('link', { name: /打开会话/ }).click();
      await expectNothingFound(page);
      await page.getByRole('button', { name: '显示值' }).click();
      await expect(page.locator('#values')).toContainText('"小明"');
      await expectNothingFound(page);
    });
  });
}

// As wide as a font may be, whatever is installed: pages move by none.
for (const font of ['var(--font)', 'monospace', 'serif']) {
  test(`nothing on the pages moves once it is there, in ${font}`, async ({ page, startServer }) => {
    await page.route('**/huihua.css', async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('--sans:', `--sans:${font};--font:`);
      await route.fulfill({ response, body });
    });
    await page.addInitScript(() => {
      const shifts: number[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    const shifts = () => page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
    const expectNoneAt = async (address: string) => {
      await page.goto(address);
      await expect(page.locator('time').first()).not.toContainText('UTC');
      expect(await shifts(), address).toEqual([]);
    };
    await expectNoneAt('/login/');
    await logIn(page, '小明', { expiry: 'idle', seconds: '600' });
    await expect(page.locator('#countdown')).not.toHaveText('00:10:00');
    expect(await shifts()).toEqual([]);

    const { url } = await startServer({ CONSOLE_TOKEN: TOKEN });
    await somebody(url, '小明');
    await openConsole(page, url);
    await somebody(url, '小红');
    await expect(page.locator('#live')).toHaveText('2');
    expect(await shifts()).toEqual([]);
    await expectNoneAt(`${url}/console/sessions/`);
    await page.getByRole('button', { name: 'English' }).click();
    await expectNoneAt(`${url}/console/sessions/`);
    await expectNoneAt(`${url}/login/`);
  });
}
