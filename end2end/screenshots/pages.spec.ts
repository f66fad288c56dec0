import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { openConsole, somebody, TOKEN } from '../console.ts';
import { expect, test } from '../fixtures.ts';
import { logIn, visitAnotherSite } from '../pages.ts';

const FOLDER = resolve(import.meta.dirname, '../../docs/screenshots');

const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 360, height: 740 } };

const NAMES = ['小明', '小红', 'Ana', '阿强', 'محمد', '王小明'];
const CHOICES = [
  ['default', 1],
  ['idle', 1],
  ['days', 7],
  ['days', 3],
  ['close', 1],
  ['never', 1],
  ['days', 11],
] as const;

/** Every moment is in the visitor's own time zone once the page is alive. */
async function alive(page: Page): Promise<void> {
  await page.waitForLoadState('load');
  for (const time of await page.locator('time').all()) await expect(time).not.toContainText('UTC');
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test.describe(`${size} ${colorScheme}`, () => {
      test.use({ colorScheme, viewport });

      const picture = async (page: Page, name: string) => {
        await alive(page);
        const path = resolve(FOLDER, `${name}-${size}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: true, animations: 'disabled' });
      };

      test('pages', async ({ page, server, trouble }) => {
        await page.goto('/');
        await picture(page, 'guest');
        await page.goto('/login/');
        await picture(page, 'login');
        await logIn(page, '小明', { expiry: 'idle', seconds: '3600' });
        await picture(page, 'home');
        await page.getByRole('button', { name: 'English' }).click();
        await picture(page, 'home-english');
        trouble.expect(400, '/login_handle/');
        await page.goto('/login/');
        await page.getByRole('button', { name: 'Log in', exact: true }).click();
        await picture(page, 'login-refused');
        await page.getByRole('button', { name: '简体中文' }).click();
        trouble.expect(404, '/nowhere/');
        await page.goto('/nowhere/');
        await picture(page, 'not-found');
        await visitAnotherSite(page, `<a href="${server.url}/logout/">leave</a>`);
        await page.getByRole('link', { name: 'leave' }).click();
        await expect(page).toHaveTitle('退出');
        await picture(page, 'logout');
        await logIn(page, '小明', { expiry: 'idle', seconds: '1' });
        await expect(page.getByRole('status')).toContainText('会话已过期', { timeout: 15_000 });
        await picture(page, 'over');
      });

      test('the console', async ({ page, startServer }) => {
        const { url } = await startServer({ CONSOLE_TOKEN: TOKEN, LOGIN_RATE_LIMIT: '0' });
        await page.goto(`${url}/console/`);
        await picture(page, 'console-login');
        for (let visitor = 0; visitor < 40; visitor++) {
          const [expiry, number] = CHOICES[visitor % CHOICES.length]!;
          const days = String((visitor * number) % 20 + 1);
          await somebody(url, NAMES[visitor % NAMES.length]!, { expiry, days, seconds: '3600' });
        }
        await openConsole(page, url);
        await page.getByLabel('名字', { exact: true }).fill('小明');
        await page.getByRole('button', { name: '全部结束' }).click();
        const ended = page.locator('.job', { hasText: '结束 小明' });
        await expect(ended).toContainText('完成', { timeout: 15_000 });
        await picture(page, 'console');
        await page.goto(`${url}/console/sessions/?order=ends-first`);
        await picture(page, 'console-sessions');
        await page.getByRole('link', { name: /打开会话/ }).first().click();
        await page.getByRole('button', { name: '显示值' }).click();
        await expect(page.locator('#values pre').first()).toBeVisible();
        await picture(page, 'console-session');
      });
    });
  }
}
