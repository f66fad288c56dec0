import { expect, test } from '../fixtures.ts';
import { greeting, logIn, visitAnotherSite } from '../pages.ts';

test('the first page of a guest, in the terms of a screen reader', async ({ page }) => {
  await page.goto('/');
  await expect(page.locator('body')).toMatchAriaSnapshot(`
    - link "跳到正文"
    - banner:
      - link "会话"
      - navigation "导航":
        - link "登录"
        - link "退出"
    - main:
      - heading "你好：游客" [level=1]
      - status
      - paragraph: 登录之后，这里会记得你。
    - contentinfo:
      - form "显示设置"
  `);
});

test('the login', async ({ page, trouble }) => {
  await page.goto('/login/');
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "登录" [level=1]
      - text: 名字
      - textbox "名字"
      - group "保持登录多久":
        - radio /默认/ [checked]
        - paragraph: /读页面不算更改；到期/
        - radio "不活动一段时间之后"
        - paragraph: 每次访问都重新计时。
        - radio "固定的天数之后"
        - paragraph: 到时候就结束，访问不会推迟。
        - radio "关闭浏览器时"
        - paragraph: /浏览器一关就忘掉 Cookie/
        - radio "永不过期"
        - paragraph: /服务器一直保留/
      - button "登录"
  `);
  trouble.expect(400, '/login_handle/');
  await logIn(page, ' ', { expiry: 'days', days: 'x' });
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "登录" [level=1]
      - textbox "名字"
      - alert: 请输入名字
      - group "保持登录多久":
        - radio "固定的天数之后" [checked]
        - textbox "天数": x
        - alert: 请输入 1 到 3650 之间的整数
      - button "登录"
  `);
});

test('the logout that asks first', async ({ page, server }) => {
  await logIn(page, '小明');
  await expect(greeting(page)).toHaveText('你好：小明');
  await visitAnotherSite(page, `<a href="${server.url}/logout/">leave</a>`);
  await page.getByRole('link', { name: 'leave' }).click();
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "退出" [level=1]
      - paragraph: 确定要退出吗？
      - button "退出"
  `);
});

test('a page that is not there', async ({ page, trouble }) => {
  trouble.expect(404, '/nowhere/');
  await page.goto('/nowhere/');
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "没有这个页面" [level=1]
      - paragraph:
        - link "回到首页"
  `);
});
