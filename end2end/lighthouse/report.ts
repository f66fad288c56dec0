import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHROMIUM } from '../chromium.ts';

/** What Lighthouse says of a page, as far as it is looked at here. */
export type Report = {
  categories: Record<string, { score: number }>;
  audits: Record<string, Audit>;
};

type Audit = {
  score: number | null;
  numericValue?: number;
  title: string;
  details?: { items?: Item[] };
};

/** A request, in the audits that list some. */
export type Item = {
  url: string;
  /** Bytes, with the answer's head, as they came over the wire. */
  transferSize: number;
  resourceType: string;
  mimeType: string;
};

export const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];

/** Lighthouse's own program, which the task has put on the PATH; its preset is a phone. */
export async function lighthouse(url: string, cookie?: string): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'huihua-lighthouse-'));
  const output = join(folder, 'report.json');
  try {
    await promisify(execFile)(
      'lighthouse',
      [
        url,
        '--quiet',
        '--output=json',
        `--output-path=${output}`,
        `--only-categories=${CATEGORIES.join(',')}`,
        `--chrome-flags=--headless=new ${CHROMIUM.args!.join(' ')}`,
        ...(cookie ? [`--extra-headers=${JSON.stringify({ Cookie: cookie })}`] : []),
      ],
      { env: { ...process.env, CHROME_PATH: CHROMIUM.executablePath } },
    );
    return JSON.parse(await readFile(output, 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
