import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@playwright/test';
import { Trouble } from '../trouble.ts';
import { Peers, PYTHONS, STORES } from './peers.ts';

const GUIDE = resolve(import.meta.dirname, '../../docs/from-django/nginx.conf');

test.beforeEach(() => {
  if (process.env.CI) expect(PYTHONS, 'Django is not installed').not.toEqual([]);
  test.skip(PYTHONS.length === 0, 'Django is not installed');
});

for (const name of ['db on SQLite', 'signed cookies'] as const) {
  test(`one origin, split by the guide's nginx: ${name}`, async ({ page, context }) => {
    const trouble = new Trouble(true);
    trouble.watch(context);
    // The manual's pages have none.
    trouble.allow(404, '/favicon.ico');
    const peers = await Peers.start(PYTHONS[0] ?? '', STORES[name]!);
    try {
      const site = await peers.behindNginx(readFileSync(GUIDE, 'utf8'));
      // The first page is ours, the login is still Django's.
      await page.goto(`${site}/`);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('你好：游客');
      await page.getByRole('link', { name: '登录' }).click();
      await page.locator('[name=uname]').fill('小明');
      await page.getByRole('button', { name: '登录' }).click();
      await page.waitForURL(`${site}/`);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('你好：小明');

      // A form of ours through the proxy: its origin is the site's.
      await page.getByLabel('不活动一段时间之后').check();
      await page.getByLabel('秒数').fill('3600');
      await page.getByRole('button', { name: '更改' }).click();
      await expect(page.getByLabel('不活动一段时间之后')).toBeChecked();
      const seen = await context.request.post(`${site}/probe/`, { data: { get: null } });
      expect((await seen.json()).lasts).toBeGreaterThan(3500);

      await page.getByRole('link', { name: '退出' }).click();
      await page.waitForURL(`${site}/`);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('你好：游客');
      trouble.check();
    } finally {
      await page.close();
      await peers.stop();
    }
  });
}
