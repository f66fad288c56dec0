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

  const aim = (reached: string, met: boolean) => `${reached} | ${met ? '✓' : '✗'}`;
  const each = requests.map(({ url, transferSize }) => `| \`${path(url)}\` | ${transferSize} |`);
  const figures = {
    'visit: code': aim(`${bytes(code)} bytes`, code.length > 0 && bytes(code) < LIMIT),
    'visit: styles': aim(`${styles.length}`, styles.length === 1),
    'visit: blocking': aim(blocking.join(', ') || 'none does', needless.length === 0),
    'visit: requests': `${requests.length}`,
    'visit: bytes': `${bytes(requests)}`,
    'visit: first contentful paint': milliseconds(value('first-contentful-paint')),
    'visit: largest contentful paint': milliseconds(value('largest-contentful-paint')),
    'visit: time to interactive': milliseconds(value('interactive')),
    'visit: total blocking time': milliseconds(value('total-blocking-time')),
    'visit: each request': each.join('\n'),
  };
  await mkdir(BENCH, { recursive: true });
  await writeFile(join(BENCH, 'first-visit.json'), JSON.stringify(figures, null, 2));
}

function path(url: string): string {
  return new URL(url).pathname;
}

function milliseconds(time: number): string {
  return `${Math.round(time)} ms`;
}
