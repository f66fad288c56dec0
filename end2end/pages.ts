import type { BrowserContext, Cookie, Locator, Page } from '@playwright/test';

export type Choice = {
  expiry: 'default' | 'idle' | 'days' | 'close' | 'never';
  seconds?: string;
  days?: string;
};

export function greeting(page: Page): Locator {
  return page.locator('#greeting');
}

export async function choose(page: Page, { expiry, seconds, days }: Choice): Promise<void> {
  await page.locator(`input[name=expiry][value=${expiry}]`).check();
  if (seconds !== undefined) await page.locator('#seconds').fill(seconds);
  if (days !== undefined) await page.locator('#days').fill(days);
}

export async function logIn(page: Page, uname: string, choice?: Choice): Promise<void> {
  await page.goto('/login/');
  await page.getByLabel('名字', { exact: true }).fill(uname);
  if (choice) await choose(page, choice);
  await page.getByRole('button', { name: '登录', exact: true }).click();
}

export async function logOut(page: Page): Promise<void> {
  await page.getByRole('link', { name: '退出', exact: true }).click();
}

export async function sessionCookie(context: BrowserContext): Promise<Cookie | undefined> {
  return (await context.cookies()).find(({ name }) => name === 'sessionid');
}

/** Another site's page, which no network is needed for. */
export async function visitAnotherSite(page: Page, body: string): Promise<void> {
  const url = 'http://another-site.test/';
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto(url);
}
