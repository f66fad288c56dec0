import { type Page, test as base } from '@playwright/test';
import { type Env, Server } from './server.ts';
import { Trouble } from './trouble.ts';

export { expect } from '@playwright/test';

type PerTest = {
  serverLog: void;
  trouble: Trouble;
  /** A page of somebody else: their browser shares nothing with the test's. */
  stranger: Page;
  /** One more server, with settings of its own. */
  startServer: (env: Env) => Promise<Server>;
};

type PerWorker = { server: Server };

export const test = base.extend<PerTest, PerWorker>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  serverLog: [
    async ({ server }, use, test) => {
      await use();
      if (test.status === test.expectedStatus) return;
      await test.attach('what the server said', { body: server.log, contentType: 'text/plain' });
    },
    { auto: true },
  ],

  trouble: async ({ javaScriptEnabled }, use) => {
    const trouble = new Trouble(javaScriptEnabled ?? true);
    await use(trouble);
    trouble.check();
  },

  context: async ({ context, trouble }, use) => {
    trouble.watch(context);
    await use(context);
  },

  stranger: async ({ browser, trouble }, use) => {
    const context = await browser.newContext();
    trouble.watch(context);
    await use(await context.newPage());
    await context.close();
  },

  startServer: async ({ context }, use) => {
    const started: Server[] = [];
    await use(async (env) => {
      const server = await Server.start(env);
      started.push(server);
      return server;
    });
    // No page may still be loading from a server that goes.
    await Promise.all(context.pages().map((page) => page.close()));
    await Promise.all(started.map((server) => server.stop()));
  },
});
