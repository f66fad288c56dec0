import { expect, test } from '../fixtures.ts';
import { greeting, logIn } from '../pages.ts';

test('who is not logged in is a visitor', async ({ page }) => {
  await page.goto('/');
  await expect(page).toHaveTitle('首页');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(greeting(page)).toHaveText('你好：游客');
  await expect(page.locator('#session')).toHaveCount(0);
});

test('who is logged in is greeted by name', async ({ page }) => {
  await logIn(page, '小明');
  await expect(page).toHaveURL('/');
  await expect(page).toHaveTitle('首页');
  await expect(greeting(page)).toHaveText('你好：小明');
  await expect(page.locator('#session')).toBeVisible();
});

test('the links to log in and out are always there', async ({ page }) => {
  const logInLink = page.getByRole('link', { name: '登录', exact: true });
  const logOutLink = page.getByRole('link', { name: '退出', exact: true });

  await page.goto('/');
  await expect(logInLink).toHaveAttribute('href', '/login/');
  await expect(logOutLink).toHaveAttribute('href', '/logout/');

  await logIn(page, '小明');
  await expect(greeting(page)).toHaveText('你好：小明');
  await expect(logInLink).toHaveAttribute('href', '/login/');
  await expect(logOutLink).toHaveAttribute('href', '/logout/');
});

test('the link leads to the login', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('link', { name: '登录', exact: true }).click();
  await expect(page).toHaveURL('/login/');
  await expect(page).toHaveTitle('登录');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
});

test('two visitors do not see each other', async ({ page, stranger }) => {
  await logIn(page, '小明');
  await expect(greeting(page)).toHaveText('你好：小明');

  await stranger.goto('/');
  await expect(greeting(stranger)).toHaveText('你好：游客');
  await logIn(stranger, '小红');
  await expect(greeting(stranger)).toHaveText('你好：小红');

  await page.reload();
  await expect(greeting(page)).toHaveText('你好：小明');
});
