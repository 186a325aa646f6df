import { defineConfig } from 'vitest/config'

// Two projects: `core` needs no database and runs in seconds; `database` starts one PostgreSQL for the whole run.
const withoutDatabase = ['test/core/**/*.test.ts', 'test/web/**/*.test.ts', 'test/architecture/**/*.test.ts']

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'core', include: withoutDatabase } },
      {
        extends: true,
        test: {
          name: 'database',
          include: ['test/**/*.test.ts'],
          exclude: withoutDatabase,
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
})
