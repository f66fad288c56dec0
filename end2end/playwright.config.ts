import { defineConfig, devices } from '@playwright/test';
import { CHROMIUM } from './chromium.ts';

const desktop = devices['Desktop Chrome'];
const phone = devices['Pixel 7'];
const needsJavaScript = '**/*.hydrate.spec.ts';

export default defineConfig({
  testDir: 'tests',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  // No test is about how fast a machine is that is busy with others.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  workers: 2,
  reporter: 'list',
  use: {
    locale: 'zh-CN',
    // Not UTC, so that a time in the visitor's own zone differs from the server's text.
    timezoneId: 'Asia/Shanghai',
    trace: 'retain-on-failure',
    launchOptions: CHROMIUM,
  },
  projects: [
    { name: 'desktop', use: desktop },
    { name: 'phone', use: phone },
    {
      name: 'desktop-nojs',
      use: { ...desktop, javaScriptEnabled: false },
      testIgnore: needsJavaScript,
    },
    {
      name: 'phone-nojs',
      use: { ...phone, javaScriptEnabled: false },
      testIgnore: needsJavaScript,
    },
    // A Django site and ours, on the same sessions.
    { name: 'django', testDir: 'django', use: desktop },
  ],
});
