import { expect, type Page, test } from '@playwright/test';
import { Peers, PYTHONS, STORES } from './peers.ts';

const [python = ''] = PYTHONS;

test.beforeEach(() => {
  if (process.env.CI) expect(PYTHONS, 'Django is not installed').not.toEqual([]);
  test.skip(PYTHONS.length === 0, 'Django is not installed');
});

/** The manual's login, on either site. */
async function logIn(page: Page, site: string, uname: string): Promise<void> {
  await page.goto(`${site}/login/`);
  await page.locator('[name=uname]').fill(uname);
  await page.getByRole('button', { name: '登录' }).click();
  await page.waitForURL(`${site}/`);
}

const greeting = (page: Page) => page.locator('body');

for (const [name, store] of Object.entries(STORES)) {
  test.describe(name, () => {
    let peers: Peers;

    test.beforeAll(async () => {
      if (python) peers = await Peers.start(python, store);
    });

    test.afterAll(async () => peers?.stop());

    test('who logs in on one site is greeted and logged out by the other', async ({ page }) => {
      const { ours, django } = peers;
      for (const [from, to] of [
        [django, ours],
        [ours, django],
      ] as const) {
        await logIn(page, from, '小明');
        await page.goto(`${to}/`);
        await expect(greeting(page)).toContainText('你好：小明');
        await page.goto(`${from}/`);
        await expect(greeting(page)).toContainText('你好：小明');
        await page.goto(`${to}/`);
        await page.getByRole('link', { name: '退出' }).click();
        await page.waitForURL(`${to}/`);
        await expect(greeting(page)).not.toContainText('小明');
        await page.goto(`${from}/`);
        await expect(greeting(page)).not.toContainText('小明');
      }
    });

    test('what one site changes the other shows', async ({ page, context }) => {
      const { ours, django } = peers;
      await logIn(page, django, '小明');
      await logIn(page, ours, '小红');
      await page.goto(`${django}/`);
      await expect(greeting(page)).toContainText('你好：小红');
      // A login on our side has changed the key, and Django goes on with the new one.
      await logIn(page, django, '小刚');
      await page.goto(`${ours}/`);
      await expect(greeting(page)).toContainText('你好：小刚');

      await page.goto(`${ours}/`);
      await page.getByLabel('关闭浏览器时').check();
      await page.getByRole('button', { name: '更改' }).click();
      await expect(page.getByLabel('关闭浏览器时')).toBeChecked();
      const seen = await context.request.post(`${django}/probe/`, { data: { get: null } });
      expect(await seen.json()).toMatchObject({ close: true, data: { uname: '"小刚"' } });
      const [cookie] = await context.cookies();
      expect(cookie?.expires).toBe(-1);
    });

    test('Django sets an end, and our page shows it', async ({ page, context }) => {
      const { ours, django } = peers;
      await logIn(page, django, '小明');
      await context.request.post(`${django}/probe/`, { data: { lasts: 5 * 86_400 } });
      await page.goto(`${ours}/`);
      await expect(page.getByLabel('固定的天数之后')).toBeChecked();
      await expect(greeting(page)).toContainText('你好：小明');
    });
  });
}
