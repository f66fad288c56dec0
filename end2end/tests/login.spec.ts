import { expect, test } from '../fixtures.ts';
import { greeting, logIn, sessionCookie } from '../pages.ts';

const ACCEPTED = {
  'in Chinese': '小明',
  'that looks like HTML': '<b>x</b>',
  'that tries to break out': `"'></h1></script><script>document.title='x'</script>&lt;`,
  'of 150 emoji': '😀'.repeat(150),
};

for (const [kind, uname] of Object.entries(ACCEPTED)) {
  test(`a name ${kind} is shown literally`, async ({ page }) => {
    await logIn(page, uname);
    await expect(greeting(page)).toHaveText(`你好：${uname}`);
    await expect(greeting(page).locator('*')).toHaveCount(0);
    await expect(page).toHaveTitle('首页');
  });
}

test('blanks around a name are dropped', async ({ page }) => {
  await logIn(page, '  小明  ');
  await expect(page).toHaveURL('/');
  expect(await greeting(page).textContent()).toBe('你好：小明');
});

const REFUSED = {
  'no name': ['', '请输入名字'],
  'only blanks': ['   ', '请输入名字'],
  '151 characters': ['名'.repeat(151), '名字最多 150 个字符'],
  'control characters': ['a\u0001b', '名字里不能有控制字符'],
} as const;

for (const [kind, [uname, problem]] of Object.entries(REFUSED)) {
  test(`${kind}: refused, and says why`, async ({ page, trouble }) => {
    trouble.expect(400, '/login_handle/');
    await logIn(page, uname);
    await expect(page).toHaveTitle('登录');
    await expect(page.locator('#uname-error')).toHaveText(problem);

    const field = page.locator('#login-form #uname');
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(problem);
    expect(await sessionCookie(page.context())).toBeUndefined();
  });
}

test('what was typed is kept, and can be mended', async ({ page, trouble }) => {
  trouble.expect(400, '/login_handle/');
  const tooLong = '"><b>' + '名'.repeat(146);
  await logIn(page, tooLong, { expiry: 'days', days: '5' });

  const field = page.locator('#uname');
  await expect(page.locator('#uname-error')).toBeVisible();
  await expect(field).toHaveValue(tooLong);
  await expect(page.locator('input[value=days]')).toBeChecked();
  await expect(page.locator('#days')).toHaveValue('5');

  await field.fill('小明');
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await expect(greeting(page)).toHaveText('你好：小明');
  await expect(page.locator('#policy')).toContainText('固定');
});

test('a refused login leaves the one before as it was', async ({ page, trouble }) => {
  await logIn(page, '小明');
  await expect(greeting(page)).toHaveText('你好：小明');

  trouble.expect(400, '/login_handle/');
  await logIn(page, ' ');
  await expect(page.locator('#uname-error')).toBeVisible();

  await page.goto('/');
  await expect(greeting(page)).toHaveText('你好：小明');
});

test('another login takes a new key, and the old one opens nothing', async ({ page, context }) => {
  await logIn(page, '小明');
  await expect(greeting(page)).toHaveText('你好：小明');
  const old = await sessionCookie(context);

  await logIn(page, '小红');
  await expect(greeting(page)).toHaveText('你好：小红');
  expect((await sessionCookie(context))?.value).not.toBe(old?.value);

  await context.addCookies([old!]);
  await page.goto('/');
  await expect(greeting(page)).toHaveText('你好：游客');
});
