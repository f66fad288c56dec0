import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { logIn } from '../pages.ts';

const FOLDER = resolve(import.meta.dirname, '../../docs/screenshots');

const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 360, height: 740 } };

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

      test('pages', async ({ page, trouble }) => {
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
      });
    });
  }
}
