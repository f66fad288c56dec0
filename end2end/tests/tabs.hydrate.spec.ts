import { expect, test } from '../fixtures.ts';
import { greeting, logIn, logOut } from '../pages.ts';

test('a logout in one tab is seen in the others at once', async ({ page, context, stranger }) => {
  await logIn(stranger, '小红');
  await logIn(page, '小明');
  const tab = await context.newPage();
  await tab.goto('/');
  await expect(tab.locator('#policy time').first()).not.toContainText('UTC');

  await logOut(page);
  await expect(greeting(tab)).toHaveText('你好：游客');
  await expect(tab.getByRole('status')).toHaveText('已在别处退出，请重新登录');
  await expect(tab.locator('#user-session')).toBeHidden();
  // Another visitor's page hears nothing of it.
  await expect(greeting(stranger)).toHaveText('你好：小红');
  await expect(stranger.getByRole('status')).toBeEmpty();
});

test('another name in one tab is the name in the others', async ({ page, context }) => {
  await logIn(page, '小明');
  const tab = await context.newPage();
  await tab.goto('/');
  await expect(tab.locator('#policy time').first()).not.toContainText('UTC');
  await logIn(page, '小红');
  await expect(greeting(tab)).toHaveText('你好：小红');
  await expect(tab.locator('#dictionary')).not.toContainText('小明');
});
