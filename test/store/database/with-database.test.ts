import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../../src/config.ts'
import { withDatabase } from '../../../src/store/database/with-database.ts'
import { makeServerFolder } from '../../support/server/private-folder.ts'

let folder: string
beforeEach(async () => {
  folder = await makeServerFolder()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const serverRuns = () => existsSync(path.join(folder, 'data', 'postmaster.pid'))

async function interrupt(signals: NodeJS.Signals[], ...args: string[]) {
  const script = fileURLToPath(new URL('../../support/children/use-database.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const output: string[] = []
  child.stdout.on('data', (chunk) => output.push(String(chunk)))
  await once(child.stdout, 'data')
  expect(serverRuns()).toBe(true)
  for (const signal of signals) child.kill(signal)
  const [exitCode] = await once(child, 'close')
  return { exitCode, output: output.join('') }
}

describe('withDatabase', () => {
  it('uses the database that the configuration names, and migrates it', async () => {
    const config = loadConfig({ DATABASE_URL: inject('serverUrl') })
    await expect(withDatabase(config.database, () => Promise.reject(new Error('from inside')))).rejects.toThrow(
      'from inside',
    )
  })

  it('migrates the embedded database, and stops its server when its use is over', async () => {
    const config = loadConfig({ DATA_DIRECTORY: folder })
    const answer = await withDatabase(config.database, async ({ pool }) => {
      expect(serverRuns()).toBe(true)
      return (await pool.query('select count(*)::int as accounts from account')).rows
    })
    expect(answer).toEqual([{ accounts: 0 }])
    expect(serverRuns()).toBe(false)
  })

  it('lets its user end in good order on a signal, even one that arrives twice', async () => {
    const { exitCode, output } = await interrupt(['SIGTERM', 'SIGTERM'], '240000', 'ends')
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: 'open\nended in good order\n' })
    expect(serverRuns()).toBe(false)
  })

  it('stops everything and exits with 130 when its user goes on after Ctrl-C', async () => {
    const { exitCode, output } = await interrupt(['SIGINT'], '200')
    expect({ exitCode, output }).toEqual({ exitCode: 130, output: 'open\n' })
    expect(serverRuns()).toBe(false)
  })
})
