import { expect, test } from '../fixtures.ts';
import { greeting, logIn, sessionCookie } from '../pages.ts';

test('visitors see their own session, and not its key', async ({ page, context }) => {
  await logIn(page, '小明');
  await expect(page.locator('#engine')).toHaveText('引擎：数据库 SQLite');
  await expect(page.locator('.part.lit')).toHaveCount(4);
  await expect(page.locator('#storage-cookie')).toContainText('sessionid');
  await expect(page.locator('#storage-cookie')).toContainText('HttpOnly; SameSite=Lax; Path=/');
  await expect(page.locator('#key-name')).toHaveText(/^[0-9a-f]{12}$/);
  await expect(page.locator('#storage-store')).toContainText('django_session');
  const cookie = await sessionCookie(context);
  expect(await page.content()).not.toContain(cookie!.value);
});

const ENGINES = {
  cache: { words: '引擎：缓存', lit: ['browser', 'cookie', 'server'], fact: '#storage-server' },
  file: { words: '引擎：文件', lit: ['browser', 'cookie', 'server', 'store'], fact: '#storage-store' },
  cached_db: {
    words: '引擎：缓存（进程内存）加数据库 SQLite',
    lit: ['browser', 'cookie', 'server', 'store'],
    fact: '#storage-store',
  },
  signed_cookies: {
    words: '引擎：签名的 Cookie',
    lit: ['browser', 'cookie', 'server'],
    fact: '#storage-cookie',
  },
};

for (const [engine, { words, lit, fact }] of Object.entries(ENGINES)) {
  test(`${engine}: the parts that it uses are lit`, async ({ page, startServer }) => {
    const server = await startServer({ SESSION_ENGINE: engine });
    await page.goto(`${server.url}/login/`);
    await page.getByLabel('名字', { exact: true }).fill('小明');
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await expect(page.locator('#engine')).toHaveText(words);
    for (const part of ['browser', 'cookie', 'server', 'store']) {
      const said = lit.includes(part) ? '用到' : '没用到';
      await expect(page.locator(`#storage-${part} .state`)).toHaveText(said);
    }
    await expect(page.locator(`${fact} #key-name`)).toBeVisible();
  });
}

test('the page in the terms of a screen reader', async ({ page }) => {
  await logIn(page, '小明', { expiry: 'never' });
  await expect(page.locator('body')).toMatchAriaSnapshot(`
    - link "跳到正文"
    - banner:
      - link "会话"
      - navigation "导航":
        - link "登录"
        - link "退出"
    - main:
      - heading "你好：小明" [level=1]
      - status
      - region "会话有效期":
        - heading "会话有效期" [level=2]
        - paragraph: 永不过期。
        - form "常用":
          - button "不活动 10 分钟"
          - button "不活动 1 小时"
          - button "不活动 1 天"
          - button "7 天后"
          - button "30 天后"
        - group "保持登录多久":
          - radio /默认/
          - radio "不活动一段时间之后"
          - radio "固定的天数之后"
          - radio "关闭浏览器时"
          - radio "永不过期" [checked]
        - button "更改"
      - region "你的会话在哪里":
        - heading "你的会话在哪里" [level=2]
        - list:
          - listitem:
            - heading "浏览器" [level=3]
          - listitem:
            - heading "Cookie" [level=3]
          - listitem:
            - heading "服务器" [level=3]
          - listitem:
            - heading "存储" [level=3]
      - region "会话是一个字典":
        - heading "会话是一个字典" [level=2]
        - table "现在会话里有"
        - heading "设置" [level=3]
        - textbox "键"
        - textbox "值"
        - group "值的类型":
          - radio "文本" [checked]
          - radio "JSON"
        - button "设置"
        - heading "读取" [level=3]
        - textbox "键"
        - textbox "默认值"
        - button "读取"
        - heading "删除" [level=3]
        - textbox "键"
        - button "删除"
        - heading "清空" [level=3]
        - button "清空"
        - heading "清除" [level=3]
        - button "清除"
    - contentinfo:
      - form "显示设置":
        - group "语言":
          - button "简体中文" [pressed]
          - button "English"
        - group "外观":
          - button "跟随系统" [pressed]
          - button "浅色"
          - button "深色"
  `);
});

test('a preset changes the expiry with one press', async ({ page }) => {
  await logIn(page, '小明');
  await page.getByRole('button', { name: '不活动 10 分钟' }).click();
  await expect(page.locator('#policy')).toContainText('连续 10 分钟没有活动就到期');
  await page.getByRole('button', { name: '7 天后' }).click();
  await expect(page.locator('#policy')).toContainText('到期时间固定');
  await expect(greeting(page)).toHaveText('你好：小明');
});
