import { expect, test } from '../fixtures.ts';
import { greeting, logIn, visitAnotherSite } from '../pages.ts';

for (const path of ['/', '/login/']) {
  test(`${path} is kept by nobody`, async ({ request }) => {
    const answer = await request.get(path);
    expect(answer.status()).toBe(200);
    expect(answer.headers()['cache-control']).toContain('no-store');
    expect(answer.headers()['vary']).toMatch(/\bcookie\b/i);
  });
}

test('scripts, wasm and styles come compressed and are kept for ever under their names', async ({ request }) => {
  const html = await (await request.get('/')).text();
  const assets = [...new Set(html.match(/\/pkg\/[\w./-]+\.(?:js|wasm|css)\b/g))];
  for (const kind of ['.js', '.wasm', '.css']) {
    expect(assets).toContainEqual(expect.stringMatching(new RegExp(`\\${kind}$`)));
  }

  for (const asset of assets) {
    const answer = await request.get(asset, { headers: { 'Accept-Encoding': 'br' } });
    const { etag, ...headers } = answer.headers();
    const changed = headers['last-modified'];
    expect(headers, asset).toMatchObject({
      'content-encoding': 'br',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(etag ?? changed, asset).toBeTruthy();

    const again = await request.get(asset, {
      headers: {
        'Accept-Encoding': 'br',
        ...(etag ? { 'If-None-Match': etag } : { 'If-Modified-Since': changed! }),
      },
    });
    expect(again.status(), asset).toBe(304);
  }
});

test('a page that is not there', async ({ page, trouble }) => {
  trouble.expect(404, '/nowhere/');
  await page.goto('/nowhere/');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});

test('a form on another site is refused', async ({ page, server, trouble }) => {
  await logIn(page, '小明');
  await expect(greeting(page)).toHaveText('你好：小明');

  trouble.expect(403, '/login_handle/');
  await visitAnotherSite(
    page,
    `<form method="post" action="${server.url}/login_handle/">
      <input name="uname" value="骗子">
      <button>kittens</button>
    </form>`,
  );
  const answer = page.waitForResponse('**/login_handle/');
  await page.getByRole('button', { name: 'kittens' }).click();
  expect((await answer).status()).toBe(403);

  await page.goto('/');
  await expect(greeting(page)).toHaveText('你好：小明');
});

for (const path of ['/logout/', '/expiry/', '/login_handle/']) {
  test(`a script on another site may not post to ${path}`, async ({ request }) => {
    const answer = await request.post(path, {
      headers: { 'Sec-Fetch-Site': 'cross-site' },
      form: { uname: '骗子', expiry: 'default' },
    });
    expect(answer.status()).toBe(403);
  });
}

test('the process is up and its store answers', async ({ request }) => {
  await expect(await request.get('/healthz')).toBeOK();
  await expect(await request.get('/readyz')).toBeOK();
});
