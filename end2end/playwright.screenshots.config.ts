import { defineConfig } from '@playwright/test';
import tests from './playwright.config.ts';

/** Pictures of every page for the documentation: `cargo xtask screenshots`. */
export default defineConfig({ ...tests, testDir: 'screenshots', projects: [{ name: 'screenshots' }] });
