// Runs vitest with the arguments given and prints `N passed, N failed`, counted by vitest, as the very last line.
import { parseCLI, startVitest } from 'vitest/node'
import type { TestModule, Vitest } from 'vitest/node'

interface Counts {
  passed: number
  failed: number
}

function countModule(module: TestModule): Counts {
  const states = [...module.children.allTests()].map((test) => test.result().state)
  const failed = states.filter((state) => state === 'failed').length
  // A file that cannot be loaded, or whose beforeAll fails, has no failed test to count: it counts as one.
  const brokenFile = module.state() === 'failed' && failed === 0 ? 1 : 0
  return { passed: states.filter((state) => state === 'passed').length, failed: failed + brokenFile }
}

function countRun(vitest: Vitest): Counts {
  const counts = { passed: 0, failed: vitest.state.getUnhandledErrors().length }
  for (const module of vitest.state.getTestModules()) {
    const { passed, failed } = countModule(module)
    counts.passed += passed
    counts.failed += failed
  }
  return counts
}

/** The tests that skipped themselves: for want of data, of a browser or of rights. */
function skippedTests(vitest: Vitest): readonly string[] {
  return vitest.state
    .getTestModules()
    .flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => `${module.relativeModuleId}: ${test.fullName}`),
    )
}

async function runTests(args: string[]): Promise<Counts> {
  const { filter, options } = parseCLI(['vitest', 'run', ...args])
  const vitest = await startVitest('test', filter, { ...options, watch: false })
  const counts = countRun(vitest)
  const skipped = options.testNamePattern === undefined ? skippedTests(vitest) : []
  if (skipped.length > 0) console.log(`${skipped.length} skipped:\n  ${skipped.join('\n  ')}\n`)
  await vitest.close()
  return counts
}

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  console.log('npm test -- [vitest options] [files]: run the tests. The options are those of `npx vitest run --help`.')
  process.exit()
}

let counts: Counts = { passed: 0, failed: 1 }
try {
  counts = await runTests(process.argv.slice(2))
} catch (error) {
  console.error(error)
}
// No test at all, or a failure outside of the tests such as a global set-up that failed.
if (counts.failed === 0 && (counts.passed === 0 || process.exitCode)) counts.failed = 1
if (counts.failed > 0) process.exitCode = 1
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`, () => process.exit())
