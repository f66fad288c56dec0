import { expect, test } from '../fixtures.ts';
import { greeting, logIn, logOut, sessionCookie, visitAnotherSite } from '../pages.ts';

test.beforeEach(async ({ page }) => {
  await logIn(page, '小明');
  await expect(greeting(page)).toHaveText('你好：小明');
});

test('the link logs out', async ({ page, context }) => {
  await logOut(page);
  await expect(page).toHaveURL('/');
  await expect(greeting(page)).toHaveText('你好：游客');
  expect(await sessionCookie(context)).toBeUndefined();
});

test('what was logged out does not come back with its cookie', async ({ page, context }) => {
  const cookie = await sessionCookie(context);
  await logOut(page);
  await expect(greeting(page)).toHaveText('你好：游客');

  await context.addCookies([cookie!]);
  await page.reload();
  await expect(greeting(page)).toHaveText('你好：游客');
});

test('a link on another site asks first', async ({ page, server }) => {
  await visitAnotherSite(page, `<a href="${server.url}/logout/">kittens</a>`);
  await page.getByRole('link', { name: 'kittens' }).click();
  await expect(page).toHaveTitle('退出');

  const home = await page.request.get('/');
  expect(await home.text()).toContain('你好：小明');

  await page.getByRole('button', { name: '退出', exact: true }).click();
  await expect(page).toHaveURL('/');
  await expect(greeting(page)).toHaveText('你好：游客');
});

test('a prefetched link does not log out', async ({ page }) => {
  await page.request.get('/logout/', { headers: { 'Sec-Purpose': 'prefetch' } });
  await page.reload();
  await expect(greeting(page)).toHaveText('你好：小明');
});
