import type { Page } from '@playwright/test';

export const TOKEN = 'a token of some length';

/** Opens the operator's console of the server at `url`. */
export async function openConsole(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/console/`);
  await page.getByLabel('令牌').fill(TOKEN);
  await page.getByRole('button', { name: '打开', exact: true }).click();
}

/** Makes a session of somebody's, in a browser of their own. */
export async function somebody(url: string, uname: string, form: Record<string, string> = {}): Promise<void> {
  const answer = await fetch(`${url}/login_handle/`, {
    method: 'POST',
    body: new URLSearchParams({ uname, ...form }),
    redirect: 'manual',
  });
  if (answer.status !== 302) throw new Error(`${uname} can't log in: ${answer.status}`);
}
