import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatApiKey, parseApiKey } from '../../../src/core/access/api-key.ts'
import {
  createApiKey,
  createFirstApiKey,
  listApiKeys,
  listApiKeysByText,
  revokeApiKey,
  touchApiKeys,
} from '../../../src/store/access/api-keys.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

async function findByText(text: string) {
  return (await listApiKeysByText(database.db, [text])).get(text)
}

describe('an API key', () => {
  it('is created once for a new database, whichever process starts first, and never again', async () => {
    const first = await Promise.all([1, 2, 3].map(() => createFirstApiKey(database.db, { scopes: ['score:read'] })))
    const made = first.filter((key) => key !== undefined)
    expect(made).toHaveLength(1)
    await revokeApiKey(database.db, made[0]?.keyId ?? '')
    expect(await createFirstApiKey(database.db, { scopes: ['score:read'] })).toBeUndefined()
  })

  it('holds its id and 256 bits, and is stored only as a digest', async () => {
    const { key, keyId } = await createApiKey(database.db, { scopes: ['score:read'], actor: 'crm' })
    expect(key).toMatch(/^wrk_[0-9a-z]{12}_[A-Za-z0-9_-]{43}$/)
    expect(key).toContain(keyId)
    const { rows } = await database.pool.query('select to_jsonb(api_key)::text as row from api_key')
    const dump = rows.map((row) => row.row).join('\n')
    expect(dump).toContain(keyId)
    expect(dump).not.toContain(key.slice(-43))
  })

  it('is valid with its whole text only', async () => {
    const { key, keyId } = await createApiKey(database.db, { scopes: ['score:read'] })
    expect(await findByText(key)).toMatchObject({ keyId, scopes: ['score:read'], actor: null })
    const last = key.endsWith('A') ? 'B' : 'A'
    const wrong = [`${key.slice(0, -1)}${last}`, `${key} `, key.slice(0, -1), `wrk_000000000000_${key.slice(-43)}`, '']
    for (const text of wrong) expect(await findByText(text)).toBeUndefined()
  })

  it('is found among other texts of the same request', async () => {
    const [one, other, third] = await Promise.all([1, 2, 3].map(() => createApiKey(database.db, { scopes: ['admin'] })))
    const texts = [one?.key ?? '', other?.key ?? '', `wrk_${one?.keyId}_${other?.key.slice(-43)}`, 'nothing']
    const found = await listApiKeysByText(database.db, texts)
    expect([...found].map(([text, { keyId }]) => [text, keyId]).toSorted()).toEqual(
      [
        [one?.key, one?.keyId],
        [other?.key, other?.keyId],
      ].toSorted(),
    )
    expect(found.has(third?.key ?? '')).toBe(false)
  })

  it('is invalid once revoked, and keeps the instant of its first revocation', async () => {
    const { key, keyId } = await createApiKey(database.db, { scopes: ['score:read'] })
    const revokedAt = await revokeApiKey(database.db, keyId)
    expect(await findByText(key)).toBeUndefined()
    expect(await revokeApiKey(database.db, keyId)).toBe(revokedAt)
    expect(await revokeApiKey(database.db, 'nobody')).toBeUndefined()
  })

  it('notes its use at most once a minute', async () => {
    const { keyId } = await createApiKey(database.db, { scopes: ['score:read'] })
    const lastUsed = async () => (await listApiKeys(database.db)).find((row) => row.keyId === keyId)?.lastUsedAt
    expect(await lastUsed()).toBeNull()
    await touchApiKeys(database.db, [keyId])
    const first = await lastUsed()
    expect(first).toMatch(/Z$/)
    await touchApiKeys(database.db, [keyId])
    expect(await lastUsed()).toBe(first)
    await database.pool.query(`update api_key set last_used_at = now() - interval '61 seconds' where key_id = $1`, [
      keyId,
    ])
    await touchApiKeys(database.db, [keyId])
    expect((await lastUsed()) ?? '' >= (first ?? '')).toBeTruthy()
  })

  it('encodes exactly the bytes it is given', () => {
    const { text, keyId } = formatApiKey(new Uint8Array(44).fill(255))
    // 255 mod 36 = 3; 32 bytes of ones are 42 times the last letter of the alphabet and one with two spare zero bits.
    expect(text).toBe(`wrk_333333333333_${'_'.repeat(42)}8`)
    expect(parseApiKey(text)).toEqual({ keyId, text })
    expect(() => formatApiKey(new Uint8Array(43))).toThrow('44 bytes, got 43')
  })
})
