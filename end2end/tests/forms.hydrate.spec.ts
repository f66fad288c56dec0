import { expect, test } from '../fixtures.ts';
import { greeting, logIn } from '../pages.ts';

test('a form is sent once, however often its button is pressed', async ({ page }) => {
  let sent = 0;
  let answer = () => {};
  const pressed = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/login_handle/', async (route) => {
    sent += 1;
    await pressed;
    await route.continue();
  });
  await page.goto('/login/');
  await expect(page.locator('p time').first()).not.toContainText('UTC');
  await page.getByLabel('名字', { exact: true }).fill('小明');
  // In the page itself: Playwright would wait for the answer before it presses again.
  const isDisabled = await page.evaluate(async () => {
    const form = document.querySelector<HTMLFormElement>('#login-form')!;
    const button = form.querySelector('button')!;
    const changed = new Promise((resolve) =>
      new MutationObserver(resolve).observe(button, { attributes: true }),
    );
    button.click();
    button.click();
    form.requestSubmit();
    await changed;
    button.click();
    return button.disabled;
  });
  expect(isDisabled).toBe(true);
  answer();
  await expect(greeting(page)).toHaveText('你好：小明');
  expect(sent).toBe(1);
});

test('the end of a choice follows what is typed', async ({ page }) => {
  await logIn(page, '小明');
  await expect(page.locator('#policy time')).not.toContainText('UTC');
  await page.locator('input[name=expiry][value=idle]').check();
  const preview = page.locator('#seconds-preview');
  await expect(preview).toBeHidden();
  const seconds = page.locator('#seconds');
  for (const [typed, lasts] of [['60', 60], ['600', 600], [' 7200 ', 7_200]] as const) {
    await seconds.fill(typed);
    const end = Date.parse((await preview.locator('time').getAttribute('datetime'))!);
    expect(Math.abs(end - Date.now() - lasts * 1_000)).toBeLessThan(5_000);
    await expect(preview).toBeVisible();
  }
  for (const nonsense of ['', '0', 'abc', '31536001', '1.5']) {
    await seconds.fill(nonsense);
    await expect(preview).toBeHidden();
  }
});
