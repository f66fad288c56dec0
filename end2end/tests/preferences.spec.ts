import { expect, test } from '../fixtures.ts';
import { greeting, logIn, logOut } from '../pages.ts';

test.describe('a browser that asks for English', () => {
  test.use({ locale: 'en-US' });

  test('gets Chinese all the same, until English is chosen', async ({ page }) => {
    await page.goto('/login/');
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
    await page.getByRole('button', { name: 'English' }).click();
    await expect(page).toHaveURL('/login/');
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
    await expect(page).toHaveTitle('Log in');
    await expect(page.getByRole('button', { name: 'English' })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
  });
});

test('English stays, through login and logout, and Chinese comes back', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'English' }).click();
  await expect(greeting(page)).toHaveText('Hello, guest');
  await page.getByRole('link', { name: 'Log in', exact: true }).click();
  await page.getByLabel('Name', { exact: true }).fill('小明');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(greeting(page)).toHaveText('Hello, 小明');
  await expect(page.locator('#policy')).toContainText('two weeks after its last change');
  await page.getByRole('link', { name: 'Log out', exact: true }).click();
  await expect(greeting(page)).toHaveText('Hello, guest');

  await page.getByRole('button', { name: '简体中文' }).click();
  await expect(greeting(page)).toHaveText('你好：游客');
});

test('who is logged in keeps the language in the session', async ({ page, context }) => {
  await logIn(page, '小明');
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.locator('#dictionary')).toContainText('_language');
  await context.clearCookies({ name: 'django_language' });
  await page.reload();
  await expect(greeting(page)).toHaveText('Hello, 小明');
});

test('problems are said in English, too', async ({ page, trouble }) => {
  await page.goto('/login/');
  await page.getByRole('button', { name: 'English' }).click();
  trouble.expect(400, '/login_handle/');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(page.locator('#uname')).toHaveAccessibleDescription('Please type a name');
});

test('light and dark can be chosen, whatever the system is', async ({ page }) => {
  const background = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/');
  const light = await background();
  await page.getByRole('button', { name: '深色' }).click();
  await expect.poll(background).not.toBe(light);
  await page.goto('/login/');
  expect(await background()).not.toBe(light);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.getByRole('button', { name: '浅色' }).click();
  await expect.poll(background).toBe(light);
});

test('the greeting in Chinese is the manual’s', async ({ page }) => {
  await logIn(page, '小明');
  expect(await greeting(page).textContent()).toBe('你好：小明');
  await logOut(page);
  expect(await greeting(page).textContent()).toBe('你好：游客');
});
