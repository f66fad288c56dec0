import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { greeting, logIn } from '../pages.ts';

/** The seconds that the page says are left, and those that really are, by this browser's clock. */
async function left(page: Page): Promise<{ said: number; real: number }> {
  return page.evaluate(() => {
    const text = document.querySelector('#countdown')!.textContent!;
    const [, days, hours, minutes, seconds] = /(?:(\d+) 天 )?(\d\d):(\d\d):(\d\d)/.exec(text)!;
    const said =
      Number(days ?? 0) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
    const end = Number(document.querySelector('main')!.dataset.end);
    return { said, real: (end - Date.now()) / 1000 };
  });
}

test('the time that is left is right to the second', async ({ page }) => {
  await logIn(page, '小明', { expiry: 'idle', seconds: '600' });
  await expect(page.locator('#countdown')).not.toHaveText('00:10:00');
  for (let look = 0; look < 3; look++) {
    const before = await page.locator('#countdown').textContent();
    await expect(page.locator('#countdown')).not.toHaveText(before!);
    const { said, real } = await left(page);
    expect(Math.abs(said - real)).toBeLessThanOrEqual(1.1);
  }
});

test('the ring empties', async ({ page }) => {
  await logIn(page, '小明', { expiry: 'idle', seconds: '20' });
  const gone = async () => Number(await page.locator('#ring').getAttribute('stroke-dashoffset'));
  await expect.poll(gone).toBeGreaterThan(5);
});

test('a clock that is wrong is put right by the server’s', async ({ page }) => {
  await page.clock.install({ time: Date.now() + 7 * 3_600_000 });
  await logIn(page, '小明', { expiry: 'idle', seconds: '600' });
  await page.clock.runFor(2_000);
  const { said } = await left(page);
  expect(said).toBeGreaterThan(590);
  expect(said).toBeLessThanOrEqual(600);
});

test('a machine that slept knows on waking that the session is over', async ({ page }) => {
  await page.clock.install();
  await logIn(page, '小明', { expiry: 'idle', seconds: '5' });
  await expect(greeting(page)).toHaveText('你好：小明');
  // The server's time goes on while the browser's stands still.
  const isOver = async () => (await (await page.request.get('/session/')).json()).uname === null;
  await expect.poll(isOver).toBe(true);
  await page.clock.fastForward(60_000);
  await expect(page.getByRole('status')).toHaveText('会话已过期，请重新登录');
});

test('a visit in another tab fills it up again', async ({ page, context }) => {
  await logIn(page, '小明', { expiry: 'idle', seconds: '30' });
  const firstEnd = Number(await page.locator('main').getAttribute('data-end'));
  await expect(page.locator('#countdown')).toHaveText('00:00:27');
  const tab = await context.newPage();
  await tab.goto('/');
  const secondEnd = Number(await tab.locator('main').getAttribute('data-end'));
  expect(secondEnd).toBeGreaterThan(firstEnd);
  await expect(page.locator('#countdown')).toHaveText(/00:00:(29|30)/);
});
