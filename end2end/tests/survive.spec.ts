import { expect, test } from '../fixtures.ts';
import { greeting, logIn, logOut } from '../pages.ts';

test.beforeEach(async ({ page }) => {
  await logIn(page, '小明');
  await expect(greeting(page)).toHaveText('你好：小明');
});

test('a reload', async ({ page }) => {
  await page.reload();
  await expect(greeting(page)).toHaveText('你好：小明');
});

test('a restart of the server', async ({ page, server }) => {
  // Nothing of the page may still be loading when the server goes.
  await page.goto('about:blank');
  await server.restart();
  await page.goto('/');
  await expect(greeting(page)).toHaveText('你好：小明');
});

test('a second tab, until one of them logs out', async ({ page, context }) => {
  const tab = await context.newPage();
  await tab.goto('/');
  await expect(greeting(tab)).toHaveText('你好：小明');

  await logOut(page);
  await expect(greeting(page)).toHaveText('你好：游客');
  await tab.reload();
  await expect(greeting(tab)).toHaveText('你好：游客');
});
