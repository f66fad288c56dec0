import { expect, test } from '../fixtures.ts';
import { greeting, logIn } from '../pages.ts';

test('the open page greets a visitor once the session is over', async ({ page }) => {
  await logIn(page, '小明', { expiry: 'idle', seconds: '2' });
  await expect(greeting(page)).toHaveText('你好：小明');
  await expect(page.locator('#session')).toBeVisible();

  // A reload would lose this mark.
  await page.evaluate(() => (document.title = '没有重新加载'));
  await expect(greeting(page)).toHaveText('你好：游客', { timeout: 10_000 });
  await expect(page.locator('#session')).toBeHidden();
  await expect(page).toHaveTitle('没有重新加载');
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
