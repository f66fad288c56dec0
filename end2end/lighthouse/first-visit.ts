import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Item, Report } from './report.ts';

/** Where benchmarks leave what they found. */
const BENCH = resolve(import.meta.dirname, '../../target/bench');
/** The most that JavaScript and WebAssembly may weigh together, in bytes. */
const LIMIT = 64 * 1024;

/** Leaves what the first visit of `/` costs for `docs/benchmarks.md`, which `cargo xtask bench` makes. */
export async function leaveFirstVisit({ audits }: Report): Promise<void> {
  const value = (audit: string) => audits[audit]!.numericValue!;
  const items = (audit: string) => audits[audit]!.details?.items ?? [];
  const requests = items('network-requests');
  const bytes = (some: Item[]) => some.reduce((sum, { transferSize }) => sum + transferSize, 0);
  const code = requests.filter(
    ({ resourceType, mimeType }) => resourceType === 'Script' || mimeType === 'application/wasm',
  );
  const styles = requests.filter(({ resourceType }) => resourceType === 'Stylesheet');
  const blocking = items('render-blocking-resources').map(({ url }) => path(url));
  const needless = blocking.filter((url) => !styles.some((style) => path(style.url) === url));

  const section = {
    aims: [
      {
        aim: 'JavaScript and WebAssembly under 64 KB',
        measured: `${bytes(code)} bytes`,
        met: code.length > 0 && bytes(code) < LIMIT,
      },
      { aim: 'one CSS file', measured: `${styles.length}`, met: styles.length === 1 },
      {
        aim: 'no request keeps the page from being drawn, but that for its style',
        measured: blocking.join(', ') || 'none does',
        met: needless.length === 0,
      },
    ],
    tables: [
      {
        caption: 'The page',
        head: ['', 'measured'],
        rows: [
          ['requests', `${requests.length}`],
          ['bytes', `${bytes(requests)}`],
          ['first contentful paint', milliseconds(value('first-contentful-paint'))],
          ['largest contentful paint', milliseconds(value('largest-contentful-paint'))],
          ['time to interactive', milliseconds(value('interactive'))],
          ['total blocking time', milliseconds(value('total-blocking-time'))],
        ],
      },
      {
        caption: 'Its requests',
        head: ['request', 'bytes'],
        rows: requests.map(({ url, transferSize }) => [`\`${path(url)}\``, `${transferSize}`]),
      },
    ],
  };
  await mkdir(BENCH, { recursive: true });
  await writeFile(join(BENCH, 'first-visit.json'), JSON.stringify(section, null, 2));
}

function path(url: string): string {
  return new URL(url).pathname;
}

function milliseconds(time: number): string {
  return `${Math.round(time)} ms`;
}
