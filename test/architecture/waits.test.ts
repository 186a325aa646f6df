import { describe, expect, it } from 'vitest'
import { readSources } from './sources.ts'
import { ALLOWED, findWaits, waitsOf } from './waits.ts'

const files = ['test', 'scripts'].flatMap(readSources).filter(({ name }) => !name.startsWith('test/architecture/'))

describe('tests and scripts', () => {
  it('wait for states and signals, not for real time', () => {
    expect(files.flatMap(findWaits)).toEqual([])
  })

  it('each named exception still waits', () => {
    const waiting = files.filter(({ text }) => waitsOf(text).length > 0).map(({ name }) => name)
    expect(Object.keys(ALLOWED).filter((name) => !waiting.includes(name))).toEqual([])
  })

  it.each([
    `import { setTimeout as wait } from 'node:timers/promises'`,
    'await new Promise((resolve) => setTimeout(resolve, 100))',
    'const timer = setInterval(look, 10)',
    `await pool.query('select pg_sleep(1)')`,
    'await scheduler.wait(100)',
    'await sleep(100)',
  ])('the rule sees %s, and names what to use', (text) => {
    expect(findWaits({ name: 'test/a.test.ts', text })).toEqual([
      expect.stringMatching(/^test\/a\.test\.ts: .*`until` \(test\/support\/until\.ts\)/),
    ])
  })

  it.each([
    `import { setImmediate as nextTurn } from 'node:timers/promises'`,
    'socket.setTimeout(TIMEOUT_MS, fail)',
    'clearInterval(timer)',
    '// setTimeout(resolve, 100)',
    `await until('the row is there', find)`,
  ])('the rule leaves alone %s', (text) => {
    expect(findWaits({ name: 'test/a.test.ts', text })).toEqual([])
  })
})
