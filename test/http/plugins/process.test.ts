import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

const ROOT = path.join(import.meta.dirname, '../../..')
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

interface Started {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly output: { stdout: string; stderr: string }
  readonly exit: Promise<number | null>
}

function start(file: string, args: readonly string[], environment: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [path.join(ROOT, file), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DATABASE_URL: database.serviceUrl, PORT: '0', ...environment },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (data) => (output.stdout += String(data)))
  child.stderr.on('data', (data) => (output.stderr += String(data)))
  return { child, output, exit: once(child, 'close').then(([code]) => code) }
}

async function startService(environment: Record<string, string> = {}) {
  const service = start('src/main.ts', [], environment)
  await expect.poll(() => service.output.stdout).toContain('listens on')
  const address = /listens on (\S+),/.exec(service.output.stdout)?.[1] ?? ''
  return { ...service, address }
}

async function apiKey(...args: string[]) {
  const { output, exit } = start('scripts/operator/api-key.ts', args)
  return { code: await exit, ...output }
}

const listWith = (address: string, key: string) =>
  fetch(`${address}/v1/qualified-accounts`, { headers: { authorization: `Bearer ${key}` } })

describe('the service as a process', () => {
  it('shows a first key once, outside the log, and exits with 0 on a signal', async () => {
    const first = await startService()
    const key = /wrk_\S+/.exec(first.output.stdout)?.[0] ?? ''
    expect((await listWith(first.address, key)).status).toBe(200)
    first.child.kill('SIGTERM')
    expect(await first.exit).toBe(0)
    expect(first.output.stderr).toContain('request answered')
    expect(first.output.stderr).not.toContain(key)
    expect(first.output.stderr).toContain('service stopping')

    const second = await startService()
    expect(second.output.stdout).not.toContain('wrk_')
    second.child.kill('SIGINT')
    expect(await second.exit).toBe(0)
  })

  it('that cannot start reports why in one line and exits with 1', async () => {
    const running = await startService()
    const taken = new URL(running.address).port
    const other = start('src/main.ts', [], { PORT: taken })
    expect(await other.exit).toBe(1)
    expect(other.output.stderr).toBe(`port ${taken} on 127.0.0.1 is already in use: set PORT to another\n`)
    const misconfigured = start('src/main.ts', [], { PORT: 'many' })
    expect(await misconfigured.exit).toBe(1)
    expect(misconfigured.output.stderr).toBe('PORT must be a whole number, got "many"\n')
    running.child.kill('SIGTERM')
    expect(await running.exit).toBe(0)
  })
})

describe('npm run api-key', () => {
  it('creates, lists and revokes keys, each with immediate effect', async () => {
    const service = await startService()
    const made = await apiKey('create', '--scopes', 'qualified:read,score:read', '--actor', 'crm', '--json')
    const { key, key_id: keyId, ...rest } = JSON.parse(made.stdout)
    expect(rest).toEqual({ scopes: ['qualified:read', 'score:read'], actor: 'crm' })
    expect((await listWith(service.address, key)).status).toBe(200)
    const listed = await apiKey('list')
    expect(listed.stdout).toContain(`${keyId}  qualified:read,score:read  crm`)
    expect(listed.stdout).not.toContain(key)
    const rotated = JSON.parse((await apiKey('rotate', keyId, '--overlap', '12h', '--json')).stdout)
    expect(Date.parse(rotated.old_key_expires_at) / 3_600_000 - Date.now() / 3_600_000).toBeCloseTo(12, 1)
    expect([
      (await listWith(service.address, key)).status,
      (await listWith(service.address, rotated.key)).status,
    ]).toEqual([200, 200])
    expect((await apiKey('rotate', keyId)).stderr).toBe(`key ${rotated.key_id} has replaced ${keyId} already\n`)
    expect((await apiKey('revoke', keyId)).code).toBe(0)
    expect((await listWith(service.address, key)).status).toBe(401)
    service.child.kill('SIGTERM')
    await service.exit
  })

  it('accepts a whole key instead of its id, and prints no secret', async () => {
    const { key, key_id: keyId } = JSON.parse((await apiKey('create', '--scopes', 'score:read', '--json')).stdout)
    const revoked = await apiKey('revoke', key)
    expect(revoked.stdout).toContain(`Key ${keyId} `)
    expect(revoked.stdout).not.toContain(key)
    const rotated = await apiKey('rotate', key)
    expect([rotated.code, rotated.stderr.includes(keyId), rotated.stderr.includes(key)]).toEqual([1, true, false])
    const unknown = await apiKey('revoke', `x${key}`)
    expect(unknown.stderr).toBe(`there is no key with the id "xwrk_${keyId}_[redacted]"\n`)
  })

  it('refuses scopes and keys that do not exist', async () => {
    const unknown = await apiKey('create', '--scopes', 'score:read,root')
    expect([unknown.code, unknown.stdout]).toEqual([1, ''])
    expect(unknown.stderr).toContain('got "root"')
    const overlap = await apiKey('rotate', 'nobody', '--overlap', 'a week')
    expect(overlap.stderr).toBe('--overlap must be like 7d, 12h, 30m or 0, at most 365d, got "a week"\n')
    expect(await apiKey('revoke', 'nobody')).toMatchObject({
      code: 1,
      stderr: 'there is no key with the id "nobody"\n',
    })
  })
})
