import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';

/** Hands on what a site answers; of pages only what is before `until`, and the rest on `finish`. */
class Slow {
  #rest: (() => void) | undefined;
  #server;

  constructor(site: string, until: string) {
    this.#server = createServer(async (request, response) => {
      const answer = await fetch(site + request.url);
      const type = answer.headers.get('content-type') ?? '';
      const body = Buffer.from(await answer.arrayBuffer());
      response.writeHead(answer.status, { 'content-type': type });
      if (type.startsWith('text/html')) this.#begin(response, body, body.indexOf(until));
      else response.end(body);
    });
  }

  #begin(response: ServerResponse, body: Buffer, until: number): void {
    expect(until).toBeGreaterThan(0);
    response.write(body.subarray(0, until));
    this.#rest = () => response.end(body.subarray(until));
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  finish(): void {
    this.#rest!();
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** How far what is shown moves by itself: https://web.dev/articles/cls. */
async function watchShift(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const seen = window as unknown as { shift: number };
    seen.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        seen.shift += (entry as unknown as { value: number }).value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return async () => {
    // What is to be shown is shown, and the observer has been told.
    for (let frame = 0; frame < 2; frame += 1) {
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
    return page.evaluate(() => (window as unknown as { shift: number }).shift);
  };
}

for (const [where, until] of [
  ['in the navigation', '<a href="/logout/"'],
  ['at the foot', '<button name="theme" value="light"'],
] as const) {
  test(`a page that comes in two pieces, cut ${where}, does not move`, async ({ page, server }) => {
    const slow = new Slow(server.url, until);
    const shift = await watchShift(page);
    const styled = page.waitForResponse('**/*.css');
    await page.goto(`${await slow.listen()}/`, { waitUntil: 'commit' });
    await (await styled).finished();
    // It could show what it has, and there is time for it. (What isn't shown has no frames to wait
    // for.)
    for (let times = 0; times < 5; times += 1) await page.evaluate(() => fetch('/favicon.svg'));
    slow.finish();
    await page.waitForLoadState('load');
    expect(await shift()).toBe(0);
    slow.close();
  });
}
