import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// `core` needs no database, and its files share a worker's modules; `database` starts one PostgreSQL for the whole run; `documents`
// plays what the documents tell a reader to type, once, beside the others.
const withoutDatabase = ['test/{async,core,oracles,simulation,web,architecture}/**/*.test.ts']

const played = 'test/documents/documents.test.ts'

// A second run, on another server, leaves out what brings a server of its own, and what takes long and sends the statements of
// other tests.
const onceOnly = process.env['TEST_DATABASE_URL']
  ? [
      'test/store/database/**/{with-database,embedded-postgres}.test.ts',
      'test/http/**/{database-faults,server-restart,slow-clients,fuzz}.test.ts',
      'test/worker-training.test.ts',
      'test/jobs/{evaluation/backtest,evaluation/time-machine,facts/import/time-machine}.test.ts',
      // Killed once is enough: no server is kinder to a process that dies.
      'test/**/{killed,killed-together,killed-write,ingest-killed,deliver-killed}.test.ts',
    ]
  : []

export default defineConfig({
  test: {
    // Most of a test's time is waiting for the database server; by default one core would be left idle as well.
    maxWorkers: availableParallelism() + 1,
    // For a test that is stuck: how busy the machine is decides nothing. `until` and `expect.poll` say what they waited for.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 240_000, interval: 20 } },
    projects: [
      { extends: true, test: { name: 'core', include: withoutDatabase, isolate: false } },
      {
        extends: true,
        test: {
          name: 'database',
          include: ['test/**/*.test.ts'],
          exclude: [...withoutDatabase, ...onceOnly, played],
          globalSetup: ['test/support/server/global-setup.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'documents', include: [played], globalSetup: ['test/support/server/global-setup.ts'] },
      },
    ],
  },
})
