import { openConsole, somebody, TOKEN } from '../console.ts';
import { expect, test } from '../fixtures.ts';
import { greeting } from '../pages.ts';

test('without CONSOLE_TOKEN there is none', async ({ page, trouble }) => {
  trouble.expect(404, '/console/');
  await page.goto('/console/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('没有这个页面');
});

test('only the token opens it, and it is closed again', async ({ page, startServer, trouble }) => {
  const { url } = await startServer({ CONSOLE_TOKEN: TOKEN });
  await page.goto(`${url}/console/`);
  await expect(page).toHaveTitle('控制台');
  trouble.expect(403, '/console/');
  await page.getByLabel('令牌').fill('not that one, but long');
  await page.getByRole('button', { name: '打开', exact: true }).click();
  await expect(page.getByLabel('令牌')).toHaveAccessibleDescription('令牌不对');
  await expect(page.getByLabel('令牌')).toHaveValue('');

  await openConsole(page, url);
  await expect(page).toHaveURL(`${url}/console/`);
  await expect(page.locator('#live')).toHaveText('0');
  expect(await page.context().cookies(`${url}/`)).toEqual([]);

  await page.getByRole('button', { name: '退出控制台' }).click();
  await expect(page.getByLabel('令牌')).toBeVisible();
  await page.goto(`${url}/console/sessions/`);
  await expect(page).toHaveURL(`${url}/console/`);
});

test('an operator finds a session, looks into it and ends it', async ({ page, stranger, startServer }) => {
  const { url } = await startServer({ CONSOLE_TOKEN: TOKEN });
  await somebody(url, '小红');
  await stranger.goto(`${url}/login/`);
  await stranger.getByLabel('名字', { exact: true }).fill('小明');
  await stranger.locator('input[name=expiry][value=idle]').check();
  await stranger.locator('#seconds').fill('600');
  await stranger.getByRole('button', { name: '登录', exact: true }).click();
  await expect(greeting(stranger)).toHaveText('你好：小明');

  await openConsole(page, url);
  await expect(page.locator('#live')).toHaveText('2');
  await expect(page.locator('#how')).toContainText('读过了');
  await page.getByRole('link', { name: '会话', exact: true }).last().click();
  await expect(page.getByRole('row')).toHaveCount(3);
  await page.getByLabel('名字，一字不差').fill('小明');
  await page.getByRole('button', { name: '查找' }).click();
  await expect(page.getByRole('row')).toHaveCount(2);
  const row = page.getByRole('row').last();
  await expect(row).toContainText('不活动 10 分钟');

  await row.getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^会话 [0-9a-f]{12}$/);
  await expect(page.locator('#values')).toContainText('文本');
  await page.getByRole('button', { name: '显示值' }).click();
  await expect(page.locator('#values')).toContainText('"小明"');
  await expect(page.getByText('这次显示已记入日志')).toBeVisible();

  await page.getByRole('button', { name: '结束这个会话' }).click();
  await expect(page.getByRole('status')).toHaveText(/^会话 [0-9a-f]{12} 已结束。$/);
  await expect(page.getByRole('row')).toHaveCount(2);
  await stranger.reload();
  await expect(greeting(stranger)).toHaveText('你好：游客');
});

test('a page of the table leads to the next, in the order that was chosen', async ({ page, startServer }) => {
  const { url } = await startServer({ CONSOLE_TOKEN: TOKEN, LOGIN_RATE_LIMIT: '0' });
  for (let days = 1; days <= 55; days++) {
    await somebody(url, `visitor ${days}`, { expiry: 'days', days: String(days) });
  }
  await openConsole(page, url);
  await page.goto(`${url}/console/sessions/`);
  await page.getByLabel('顺序').selectOption('后到期的在前');
  await page.getByRole('button', { name: '查找' }).click();
  await expect(page.getByRole('row')).toHaveCount(51);
  await expect(page.getByRole('row').nth(1)).toContainText('visitor 55');
  await page.getByRole('link', { name: '下一页' }).click();
  await expect(page.getByRole('row')).toHaveCount(6);
  await expect(page.getByRole('row').last()).toContainText('visitor 1');
  await page.getByRole('link', { name: '回到第一页' }).click();
  await expect(page.getByRole('row').nth(1)).toContainText('visitor 55');
});

test('on the narrowest of screens only the table scrolls, and it is a table', async ({ page, startServer }) => {
  const { url } = await startServer({ CONSOLE_TOKEN: TOKEN });
  const long = '长'.repeat(150);
  await somebody(url, long);
  await page.setViewportSize({ width: 320, height: 640 });
  const beyond = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.goto(`${url}/console/`);
  expect(await beyond()).toBeLessThanOrEqual(0);
  await openConsole(page, url);
  await expect(page.locator('#live')).toHaveText('1');
  expect(await beyond()).toBeLessThanOrEqual(0);
  await page.goto(`${url}/console/sessions/`);
  expect(await beyond()).toBeLessThanOrEqual(0);
  // A fingerprint stands in one line.
  const name = page.getByRole('link', { name: /打开会话/ }).locator('code');
  expect((await name.boundingBox())!.height).toBeLessThan(40);
  await page.getByRole('link', { name: /打开会话/ }).click();
  await expect(page.getByText(long).first()).toBeVisible();
  expect(await beyond()).toBeLessThanOrEqual(0);
});

test('all sessions of a name are ended in the background', async ({ page, startServer }) => {
  const { url } = await startServer({ CONSOLE_TOKEN: TOKEN });
  for (const uname of ['小明', '小明', '小红']) await somebody(url, uname);
  await openConsole(page, url);
  await page.getByLabel('名字', { exact: true }).fill('小明');
  await page.getByRole('button', { name: '全部结束' }).click();
  await expect(async () => {
    await page.goto(`${url}/console/`);
    await expect(page.locator('#jobs')).toContainText('完成，移除了 2 个', { timeout: 500 });
  }).toPass();
  await expect(page.locator('#jobs')).toContainText('结束 小明 的全部会话');
  await expect(page.locator('#live')).toHaveText('1');
});

test('the console speaks English, too', async ({ page, startServer }) => {
  const { url } = await startServer({ CONSOLE_TOKEN: TOKEN });
  await openConsole(page, url);
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page).toHaveURL(`${url}/console/`);
  await expect(page).toHaveTitle('Console');
  await expect(page.locator('.tiles')).toContainText('Live sessions');
});

test('the console in the terms of a screen reader', async ({ page, startServer }) => {
  const { url } = await startServer({ CONSOLE_TOKEN: TOKEN });
  await page.goto(`${url}/console/`);
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "控制台" [level=1]
      - paragraph: /令牌是设置 CONSOLE_TOKEN 的值/
      - textbox "令牌"
      - button "打开"
  `);
  await somebody(url, '小明');
  await openConsole(page, url);
  await expect(page.locator('body')).toMatchAriaSnapshot(`
    - link "跳到正文"
    - banner:
      - link "会话"
      - navigation "导航":
        - link "概览"
        - link "会话"
        - button "退出控制台"
    - main:
      - heading "控制台" [level=1]
      - term: 有效的会话
      - definition: "1"
      - term: 已过期，还没清除
      - definition: "0"
      - term: 最近一小时新建
      - definition: /\\d+/
      - term: 最近一小时结束
      - definition: /\\d+/
      - term: 存储的延迟
      - definition: /毫秒/
      - region "最近一小时":
        - heading "最近一小时" [level=2]
        - figure:
          - paragraph: /新建 \\d+ 个，结束 \\d+ 个/
          - paragraph: /每分钟新建/
      - region "后台任务":
        - heading "后台任务" [level=2]
        - heading "清除过期的会话" [level=3]
        - paragraph: 完成，移除了 0 个
      - region "什么时候到期":
        - heading "什么时候到期" [level=2]
        - table "1 个会话都读过了。":
          - rowgroup
          - rowgroup:
            - row /一天之内 0/
      - region "怎样到期":
        - heading "怎样到期" [level=2]
        - table "1 个会话都读过了。":
          - rowgroup
          - rowgroup:
            - row /默认 1/
      - region "存储":
        - heading "存储" [level=2]
      - heading "清除过期的会话" [level=2]
      - button "现在清除"
      - heading "结束一个名字的全部会话" [level=2]
      - textbox "名字"
      - button "全部结束"
    - contentinfo
  `);
  await page.goto(`${url}/console/sessions/`);
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "会话" [level=1]
      - form "查找和排序":
        - textbox "名字，一字不差"
        - textbox "指纹，或它的开头"
        - combobox "顺序"
        - button "查找"
      - region "存储里的会话":
        - table "存储里的会话":
          - rowgroup:
            - row "指纹 名字 怎样到期 最后一次更改 到期 字节 操作"
          - rowgroup:
            - row /小明 默认/:
              - rowheader /打开会话 [0-9a-f]{12}/:
                - link /打开会话 [0-9a-f]{12}/
              - cell "小明"
              - cell "默认"
              - cell
              - cell
              - cell /\\d+/
              - cell /结束会话 [0-9a-f]{12}/:
                - button /结束会话 [0-9a-f]{12}/
  `);
  await page.getByRole('link', { name: /打开会话/ }).click();
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading /会话 [0-9a-f]{12}/ [level=1]
      - term: 名字
      - definition: 小明
      - term: 怎样到期
      - definition: 默认
      - term: 最后一次更改
      - definition
      - term: 到期
      - definition
      - term: 字节
      - definition: /\\d+/
      - button "结束这个会话"
      - table "里面有什么":
        - rowgroup:
          - row "键 类型"
        - rowgroup:
          - row "uname 文本"
      - button "显示值"
      - paragraph:
        - link "回到列表"
  `);
});
