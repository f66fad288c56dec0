import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { greeting, logIn, sessionCookie } from '../pages.ts';

const form = (page: Page, name: string): Locator => page.locator(`#${name}-form`);
const press = (page: Page, name: string) => form(page, name).getByRole('button').click();

async function set(page: Page, key: string, value: string, kind = '文本'): Promise<void> {
  await form(page, 'set').getByLabel('键', { exact: true }).fill(key);
  await form(page, 'set').getByLabel('值', { exact: true }).fill(value);
  await form(page, 'set').getByLabel(kind).check();
  await press(page, 'set');
}

async function get(page: Page, key: string, otherwise: string): Promise<void> {
  await form(page, 'get').getByLabel('键').fill(key);
  await form(page, 'get').getByLabel('默认值').fill(otherwise);
  await press(page, 'get');
}

const row = (page: Page, key: string) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: key, exact: true }) });

test.beforeEach(async ({ page }) => {
  await logIn(page, '小明');
  await expect(greeting(page)).toHaveText('你好：小明');
});

test('set, get and delete', async ({ page }) => {
  await set(page, '城市', '北京');
  await expect(row(page, '城市')).toContainText('"北京"');
  await set(page, 'n', '{"a": [1, 2]}', 'JSON');
  await expect(row(page, 'n')).toContainText('{"a":[1,2]}');

  await get(page, '城市', '上海');
  await expect(page.locator('#answer')).toHaveText('城市 的值："北京"');
  await get(page, '省', '上海');
  await expect(page.locator('#answer')).toHaveText('没有 省，用默认值："上海"');

  await form(page, 'delete').getByLabel('键').fill('城市');
  await press(page, 'delete');
  await expect(row(page, 'n')).toBeVisible();
  await expect(row(page, '城市')).toHaveCount(0);
});

test('what looks like HTML is shown literally', async ({ page }) => {
  const html = '"><img src=x onerror=alert(1)>';
  await set(page, '<b>x</b>', html);
  await expect(row(page, '<b>x</b>')).toContainText(JSON.stringify(html));
  await expect(page.locator('#dictionary img, #dictionary b')).toHaveCount(0);
});

const REFUSED = {
  'no key': ['', 'x', '文本', '#set-key', '请输入键'],
  'the name': ['uname', 'root', '文本', '#set-key', 'uname 和以 _ 开头的键归网站自己用，不能在这里改'],
  'a key of the site': ['_x', '1', 'JSON', '#set-key', 'uname 和以 _ 开头的键归网站自己用，不能在这里改'],
  'no JSON': ['a', '{', 'JSON', '#set-value', '不是 JSON（第 1 行第 1 列）'],
  'too much': ['a', '值'.repeat(1400), '文本', '#set-value', '值最多 4096 字节，这个有 4202 字节'],
} as const;

for (const [kind, [key, value, type, field, problem]] of Object.entries(REFUSED)) {
  test(`${kind}: refused, and says why`, async ({ page, trouble }) => {
    trouble.expect(400, '/session/set/');
    await set(page, key, value, type);
    await expect(page.locator(field)).toHaveAttribute('aria-invalid', 'true');
    await expect(page.locator(field)).toHaveAccessibleDescription(problem);
    await expect(page.locator('#set-value')).toHaveValue(value);
    await expect(greeting(page)).toHaveText('你好：小明');
  });
}

test('clear empties the session and keeps it', async ({ page, context }) => {
  const before = await sessionCookie(context);
  await press(page, 'clear');
  await expect(greeting(page)).toHaveText('你好：游客');
  await expect(page.locator('main')).toContainText('里面已经空了');
  await expect(page.locator('#storage-store')).toContainText('0 个键');
  expect((await sessionCookie(context))?.value).toBe(before?.value);
});

test('flush ends the session', async ({ page, context }) => {
  await press(page, 'flush');
  await expect(greeting(page)).toHaveText('你好：游客');
  await expect(page.locator('#storage')).toHaveCount(0);
  expect(await sessionCookie(context)).toBeUndefined();
});

test('when a choice would end is said before it is chosen', async ({ page, javaScriptEnabled }) => {
  await page.locator('input[name=expiry][value=days]').check();
  await page.locator('#days').fill('3');
  if (!javaScriptEnabled) await page.getByRole('button', { name: '先看看什么时候到期' }).click();
  const time = page.locator('#days-preview time');
  await expect(time).toBeVisible();
  const end = Date.parse((await time.getAttribute('datetime'))!);
  expect(Math.abs(end - Date.now() - 3 * 86_400_000)).toBeLessThan(10_000);
  await expect(page.locator('#policy')).toContainText('两个星期');
});
