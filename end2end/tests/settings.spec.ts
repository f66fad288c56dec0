import { expect, test } from '../fixtures.ts';
import { greeting } from '../pages.ts';

test('SESSION_ENABLED=false: pages work, a login says why it does not', async ({
  page,
  startServer,
  trouble,
}) => {
  const server = await startServer({ SESSION_ENABLED: 'false' });
  await page.goto(`${server.url}/`);
  await expect(greeting(page)).toHaveText('你好：游客');

  await page.getByRole('link', { name: '登录', exact: true }).click();
  await page.getByLabel('名字', { exact: true }).fill('小明');
  trouble.expect(503, '/login_handle/');
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await expect(page.locator('body')).toContainText('会话已关闭');
  expect(await page.context().cookies()).toEqual([]);
});

test('LEPTOS_ENV=PROD: the cookie is for encrypted connections only', async ({
  request,
  startServer,
}) => {
  const server = await startServer({ LEPTOS_ENV: 'PROD' });
  const answer = await request.post(`${server.url}/login_handle/`, {
    form: { uname: '小明' },
    maxRedirects: 0,
  });
  expect(answer.status()).toBe(302);

  const cookie = answer.headers()['set-cookie'];
  expect(cookie).toMatch(/^__Host-sessionid=[a-z0-9]{32};/);
  for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']) {
    expect(cookie).toContain(`; ${attribute}`);
  }
});
