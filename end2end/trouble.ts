import { type BrowserContext, expect } from '@playwright/test';

type Expected = { status: number; path: string; happened: boolean };

/** Everything that goes wrong in the browser and was not announced. */
export class Trouble {
  #found: string[] = [];
  #expected: Expected[] = [];
  #javaScript: boolean;

  constructor(javaScript: boolean) {
    this.#javaScript = javaScript;
  }

  /** Announces an answer with this status; that it doesn't come is trouble too. */
  expect(status: number, path: string): void {
    this.#expected.push({ status, path, happened: false });
  }

  /** Puts up with this status, whether it comes or not. */
  allow(status: number, path: string): void {
    this.#expected.push({ status, path, happened: true });
  }

  watch(context: BrowserContext): void {
    context.on('weberror', (error) => this.#found.push(`page error: ${error.error()}`));
    context.on('console', (message) => {
      if (message.type() !== 'error') return;
      // Chromium repeats a bad status as a console error.
      const status = /^Failed to load resource: .* status of (\d{3})/.exec(message.text())?.[1];
      const { url } = message.location();
      if (status && this.#announced(Number(status), url)) return;
      this.#found.push(`console error: ${message.text()} (${url})`);
    });
    context.on('requestfailed', (request) => {
      const why = request.failure()?.errorText;
      // What a page was still loading when the test went on to the next page.
      if (why === 'net::ERR_ABORTED') return;
      // Where JavaScript is off, that is how Chromium puts it about a preloaded script.
      if (!this.#javaScript && why === 'csp' && request.url().endsWith('.js')) return;
      this.#found.push(`request failed: ${request.method()} ${request.url()}: ${why}`);
    });
    context.on('response', (response) => {
      if (response.status() < 400) return;
      const expected = this.#announced(response.status(), response.url());
      if (expected) expected.happened = true;
      else this.#found.push(`status ${response.status()}: ${response.url()}`);
    });
  }

  check(): void {
    const missing = this.#expected
      .filter(({ happened }) => !happened)
      .map(({ status, path }) => `expected, but did not come: status ${status} of ${path}`);
    expect([...this.#found, ...missing]).toEqual([]);
  }

  #announced(status: number, url: string): Expected | undefined {
    const path = URL.canParse(url) ? new URL(url).pathname : url;
    return this.#expected.find((one) => one.status === status && one.path === path);
  }
}
