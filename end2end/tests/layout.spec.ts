import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { greeting, logIn } from '../pages.ts';

const NARROWEST = { width: 320, height: 640 };

async function expectNoSidewaysScroll(page: Page): Promise<void> {
  // Before the style sheet is there, everything is wide.
  await page.waitForLoadState('load');
  // Not compared with innerWidth, which on a phone grows along with too wide a page.
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(NARROWEST.width);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`${colorScheme}, as narrow as screens get`, () => {
    test.use({ colorScheme, viewport: NARROWEST });

    for (const path of ['/', '/login/']) {
      test(`${path} does not scroll sideways`, async ({ page }) => {
        await page.goto(path);
        await expectNoSidewaysScroll(page);
      });
    }

    test('not even with the longest of names', async ({ page }) => {
      await logIn(page, 'W'.repeat(150), { expiry: 'days', days: '3650' });
      await expect(page.locator('#policy')).toBeVisible();
      await expectNoSidewaysScroll(page);
    });
  });
}

test('a name that is written from right to left leaves the rest where it is', async ({ page }) => {
  await page.setViewportSize(NARROWEST);
  await logIn(page, 'محمد\u202eabc');
  await expect(greeting(page)).toContainText('محمد');
  await expectNoSidewaysScroll(page);
  await expect(page.locator('html')).toHaveCSS('direction', 'ltr');
  const brand = await page.getByRole('link', { name: '会话', exact: true }).boundingBox();
  expect(brand!.x).toBeLessThan(NARROWEST.width / 2);
});

test('on the largest of screens the page fills a good part of it', async ({ page }) => {
  await page.setViewportSize({ width: 3840, height: 2160 });
  await logIn(page, '小明');
  const main = await page.locator('main').boundingBox();
  expect(main!.width).toBeGreaterThan(1400);
});

test('on paper there is the session and nothing to press', async ({ page }) => {
  await logIn(page, '小明');
  await page.emulateMedia({ media: 'print' });
  await expect(page.locator('#policy')).toBeVisible();
  await expect(page.locator('#storage')).toBeVisible();
  for (const button of await page.getByRole('button').all()) await expect(button).toBeHidden();
});

test('dark is another colour than light', async ({ page }) => {
  const background = () =>
    page.evaluate(() =>
      [document.documentElement, document.body].map((e) => getComputedStyle(e).backgroundColor),
    );
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/');
  const light = await background();
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(background).not.toEqual(light);
});

async function tabTo(page: Page, target: Locator): Promise<void> {
  const focused = () => target.evaluate((element) => element === document.activeElement);
  for (let presses = 0; presses < 10 && !(await focused()); presses++) {
    await page.keyboard.press('Tab');
  }
  await expect(target).toBeFocused();
}

async function expectVisibleFocus(target: Locator): Promise<void> {
  const { outline, shadow } = await target.evaluate((element) => {
    const { outlineStyle, boxShadow } = getComputedStyle(element);
    return { outline: outlineStyle, shadow: boxShadow };
  });
  expect([outline, shadow]).not.toEqual(['none', 'none']);
}

test('a keyboard is enough to log in', async ({ page }) => {
  await page.goto('/login/');
  await tabTo(page, page.locator('#uname'));
  await page.keyboard.insertText('小明');
  await page.keyboard.press('Enter');
  await expect(greeting(page)).toHaveText('你好：小明');
});

test('the focus can be seen', async ({ page }) => {
  await page.goto('/login/');
  const stops = [
    page.locator('#uname'),
    page.locator('input[name=expiry]:checked'),
    page.getByRole('button', { name: '登录', exact: true }),
  ];
  for (const stop of stops) {
    await tabTo(page, stop);
    await expectVisibleFocus(stop);
  }

  await page.goto('/');
  const link = page.getByRole('link', { name: '登录', exact: true });
  await tabTo(page, link);
  await expectVisibleFocus(link);
});
