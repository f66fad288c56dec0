import { expect, test } from '../fixtures.ts';
import { type Choice, choose, greeting, logIn, sessionCookie } from '../pages.ts';

const DAY = 24 * 60 * 60;
/** What the clocks' rounding and a page on its way may make of an end, in seconds. */
const TOLERANCE = 60;

const now = () => Date.now() / 1000;

const CHOICES: { choice: Choice; words: string; lasts: number }[] = [
  { choice: { expiry: 'default' }, words: '两个星期', lasts: 14 * DAY },
  { choice: { expiry: 'idle', seconds: '600' }, words: '没有活动', lasts: 600 },
  { choice: { expiry: 'days', days: '5' }, words: '固定', lasts: 5 * DAY },
];

for (const { choice, words, lasts } of CHOICES) {
  test(`${choice.expiry}: the cookie and the page agree on the end`, async ({ page, context }) => {
    await logIn(page, '小明', choice);
    await expect(page.locator('#policy')).toContainText(words);

    const end = now() + lasts;
    const cookie = await sessionCookie(context);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/', secure: false });
    expect(Math.abs(cookie!.expires - end)).toBeLessThan(TOLERANCE);

    const time = await page.locator('#policy time').getAttribute('datetime');
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Math.abs(Date.parse(time!) / 1000 - end)).toBeLessThan(TOLERANCE);
  });
}

test('close: the cookie ends with the browser', async ({ page, context }) => {
  await logIn(page, '小明', { expiry: 'close' });
  await expect(page.locator('#policy')).toContainText('关闭浏览器');
  expect(await sessionCookie(context)).toMatchObject({
    httpOnly: true,
    sameSite: 'Lax',
    expires: -1,
  });
});

test('never: the cookie lasts as long as browsers keep any', async ({ page, context }) => {
  await logIn(page, '小明', { expiry: 'never' });
  await expect(page.locator('#policy')).toContainText('永不过期');
  await expect(page.locator('#policy time')).toHaveCount(0);

  const cookie = await sessionCookie(context);
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  expect(Math.abs(cookie!.expires - now() - 400 * DAY)).toBeLessThan(TOLERANCE);
});

test('idle: without visits it is over', async ({ page, context, request }) => {
  await logIn(page, '小明', { expiry: 'idle', seconds: '5' });
  await expect(greeting(page)).toHaveText('你好：小明');
  const cookie = await sessionCookie(context);
  await expect.poll(() => sessionCookie(context)).toBeUndefined();

  await page.reload();
  await expect(greeting(page)).toHaveText('你好：游客');

  // Not only the browser's cookie has ended.
  const home = await request.get('/', { headers: { Cookie: `sessionid=${cookie!.value}` } });
  expect(await home.text()).toContain('你好：游客');
});

test('idle: each visit puts the end off', async ({ page }) => {
  await logIn(page, '小明', { expiry: 'idle', seconds: '5' });
  await expect(greeting(page)).toHaveText('你好：小明');
  const twiceItsTime = now() + 10;
  while (now() < twiceItsTime) {
    await page.reload();
    await expect(greeting(page)).toHaveText('你好：小明');
  }
});

test('days: visits do not move the end', async ({ page }) => {
  await logIn(page, '小明', { expiry: 'days', days: '5' });
  const time = page.locator('#policy time');
  const end = await time.getAttribute('datetime');
  // Long enough for a moved end to be another second.
  const later = now() + 1.5;
  while (now() < later) await page.reload();
  await expect(time).toHaveAttribute('datetime', end!);
});

test('the choice can be changed on the home page', async ({ page, context }) => {
  await logIn(page, '小明');
  const policy = page.locator('#policy');
  const change = async (choice: Choice) => {
    await choose(page, choice);
    await page.getByRole('button', { name: '更改', exact: true }).click();
  };

  await change({ expiry: 'close' });
  await expect(policy).toContainText('关闭浏览器');
  expect((await sessionCookie(context))?.expires).toBe(-1);

  await change({ expiry: 'days', days: '3' });
  await expect(policy).toContainText('固定');
  expect(Math.abs((await sessionCookie(context))!.expires - now() - 3 * DAY)).toBeLessThan(TOLERANCE);

  await change({ expiry: 'never' });
  await expect(policy).toContainText('永不过期');

  await change({ expiry: 'idle', seconds: '900' });
  await expect(policy).toContainText('没有活动');

  await change({ expiry: 'default' });
  await expect(policy).toContainText('两个星期');
  await expect(page).toHaveURL('/');
  await expect(greeting(page)).toHaveText('你好：小明');
});

test('who is not logged in has nothing to change', async ({ page }) => {
  const answer = await page.request.post('/expiry/', { form: { expiry: 'close' } });
  expect(new URL(answer.url()).pathname).toBe('/login/');
  expect(await sessionCookie(page.context())).toBeUndefined();
});

const NONSENSE = [
  {
    expiry: 'idle',
    field: 'seconds',
    values: ['', '0', '1.5', '31536001', '很久'],
    problem: '请输入 1 到 31536000 之间的整数',
  },
  {
    expiry: 'days',
    field: 'days',
    values: ['', '0', '-1', '3651', '很久'],
    problem: '请输入 1 到 3650 之间的整数',
  },
] as const;

for (const { expiry, field, values, problem } of NONSENSE) {
  test(`nonsense in ${field} is refused and kept`, async ({ page, trouble }) => {
    trouble.expect(400, '/login_handle/');
    for (const value of values) {
      await logIn(page, '小明', { expiry, [field]: value });
      await expect(page).toHaveTitle('登录');
      await expect(page.locator(`#${field}-error`)).toHaveText(problem);
      await expect(page.locator(`#${field}`)).toHaveAttribute('aria-invalid', 'true');
      await expect(page.locator(`#${field}`)).toHaveAccessibleDescription(problem);
      await expect(page.locator(`#${field}`)).toHaveValue(value);
      await expect(page.locator(`input[value=${expiry}]`)).toBeChecked();
      await expect(page.locator('#uname')).toHaveValue('小明');
    }
    expect(await sessionCookie(page.context())).toBeUndefined();
  });

  test(`nonsense in ${field} changes nothing on the home page`, async ({ page, trouble }) => {
    await logIn(page, '小明', { expiry: 'never' });
    trouble.expect(400, '/expiry/');
    await choose(page, { expiry, [field]: '很久' });
    await page.getByRole('button', { name: '更改', exact: true }).click();

    await expect(page).toHaveTitle('首页');
    await expect(page.locator(`#${field}-error`)).toHaveText(problem);
    await expect(page.locator(`#${field}`)).toHaveValue('很久');
    await expect(page.locator('#policy')).toContainText('永不过期');

    await page.goto('/');
    await expect(page.locator('#policy')).toContainText('永不过期');
  });
}
