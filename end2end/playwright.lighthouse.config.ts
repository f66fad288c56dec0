import { defineConfig } from '@playwright/test';
import tests from './playwright.config.ts';

/** What Lighthouse says of the pages: `cargo xtask bench`. One at a time, because it measures. */
export default defineConfig({
  ...tests,
  testDir: 'lighthouse',
  workers: 1,
  timeout: 180_000,
  projects: [{ name: 'lighthouse' }],
});
