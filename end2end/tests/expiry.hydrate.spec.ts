import { expect, test } from '../fixtures.ts';
import { greeting, logIn } from '../pages.ts';

test('the open page greets a visitor once the session is over', async ({ page }) => {
  await logIn(page, '小明', { expiry: 'idle', seconds: '5' });
  await expect(greeting(page)).toHaveText('你好：小明');
  await expect(page.locator('#session')).toBeVisible();

  // A reload would lose this mark.
  await page.evaluate(() => document.body.setAttribute('data-mark', 'here'));
  await expect(greeting(page)).toHaveText('你好：游客');
  await expect(page.locator('#session')).toBeHidden();
  await expect(page.getByRole('status')).toHaveText('会话已过期，请重新登录');
  await expect(page).toHaveTitle('会话已过期，请重新登录');
  await expect(page.locator('#icon')).toHaveAttribute('href', '/favicon-guest.svg');
  await expect(page.locator('body')).toHaveAttribute('data-mark', 'here');

  await page.getByRole('link', { name: '请重新登录' }).click();
  await expect(page).toHaveTitle('登录');
});

test('a visit in another tab puts the end off in the open page', async ({ page }) => {
  await logIn(page, '小明', { expiry: 'idle', seconds: '5' });
  await expect(greeting(page)).toHaveText('你好：小明');
  const firstEnd = Number(await page.locator('main').getAttribute('data-end'));
  const visitUntilLongAfter = async () => {
    await page.request.get('/');
    return Date.now() > firstEnd + 2_000;
  };
  await expect.poll(visitUntilLongAfter, { intervals: [500] }).toBe(true);
  await expect(greeting(page)).toHaveText('你好：小明');
  await expect(greeting(page)).toHaveText('你好：游客');
});

test('a tab that is shown again knows of a logout elsewhere', async ({ page }) => {
  await logIn(page, '小明');
  await expect(page.locator('#policy time')).not.toContainText('UTC');
  await page.request.post('/logout/');
  await expect(greeting(page)).toHaveText('你好：小明');
  // Without a window every tab is always shown, so the event has to be made.
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
  await expect(greeting(page)).toHaveText('你好：游客');
});

test('the server tells the end in UTC, the page in the own time zone', async ({ page }) => {
  await logIn(page, '小明', { expiry: 'days', days: '5' });
  const time = page.locator('#policy time');
  await expect(time).toBeVisible();
  const html = await (await page.request.get('/')).text();
  const [, machine, day, clock] =
    /datetime="([^"]+)"[^>]*>(\S+) (\S+) UTC</.exec(html) ?? [];
  expect(`${day}T${clock}Z`).toBe(machine);

  const inShanghai = new Date(Date.parse(machine!) + 8 * 60 * 60 * 1000).toISOString();
  await expect(time).toContainText(inShanghai.slice('yyyy-mm-ddT'.length, 'yyyy-mm-ddThh:mm'.length));
  await expect(time).not.toContainText('UTC');
  await expect(time).toHaveAttribute('datetime', machine!);
});
