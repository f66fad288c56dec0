import { CHROMIUM } from '../chromium.ts';
import { expect, test } from '../fixtures.ts';
import { greeting, logIn, logOut } from '../pages.ts';

// People's browsers keep whole pages for the Back button. Playwright turns that off, and with
// it this test would see nothing of a page that ought not to have been kept.
test.use({
  launchOptions: { ...CHROMIUM, ignoreDefaultArgs: ['--disable-back-forward-cache'] },
});

test('after a logout the Back button shows no name', async ({ page }) => {
  await logIn(page, '小明');
  await expect(greeting(page)).toHaveText('你好：小明');

  // Another address than a logout leads to, for which a new page would take the old one's place.
  await page.goto('/?from=friend');
  await expect(greeting(page)).toHaveText('你好：小明');
  await logOut(page);
  await expect(greeting(page)).toHaveText('你好：游客');

  // A page that was kept whole doesn't load again.
  await page.goBack({ waitUntil: 'commit' });
  await expect(page).toHaveURL('/?from=friend');
  await expect(greeting(page)).toHaveText('你好：游客');
  await expect(page.locator('body')).not.toContainText('小明');
});
