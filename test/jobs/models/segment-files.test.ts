import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WrittenFilter } from '../../../src/core/qualification/segments/filter.ts'
import { storeFileSegments } from '../../../src/jobs/qualification/load-segments.ts'
import { createSegment } from '../../../src/jobs/qualification/segments.ts'
import { findSegment, listSegments } from '../../../src/store/qualification/segments.ts'
import { insertAccount } from '../../support/accounts.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { testPolicy } from '../../support/store-scores.ts'

let database: TestDatabase
let folder: string
const policy = testPolicy()
beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-segments-'))
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

const file = () => path.join(folder, 'segments.json')
const inForce = () => storeFileSegments(database.db, policy, file())
const write = (json: unknown) => writeFile(file(), typeof json === 'string' ? json : JSON.stringify(json, null, 2))
const inDecision: WrittenFilter = { field: 'buying_stage', operator: 'is', value: 'decision' }
const segment = (name: string, filter: WrittenFilter = inDecision) => ({ name, title: name, filter })
const names = async () => (await listSegments(database.db, { limit: 100 })).map(({ name }) => name)

describe('models/segments.json', () => {
  it('can be stored in an empty database', async () => {
    const shipped = await storeFileSegments(database.db, policy)
    expect(shipped.length).toBeGreaterThanOrEqual(5)
    expect(await names()).toEqual(shipped.toSorted())
    expect(await storeFileSegments(database.db, policy)).toEqual([])
  })

  it('stores new and changed segments, and deletes those it no longer has', async () => {
    await write({ segments: [segment('one'), segment('two')] })
    await inForce()
    expect(await names()).toEqual(['one', 'two'])
    const changed = segment('two', { not: inDecision })
    await write({ segments: [segment('one'), changed] })
    expect(await inForce()).toEqual(['two'])
    expect(await findSegment(database.db, 'two')).toMatchObject({ revision: 2, source: 'file', filter: changed.filter })
    await write({ segments: [changed] })
    expect(await inForce()).toEqual(['one'])
    expect(await names()).toEqual(['two'])
  })

  it('takes over a name that the API used, and leaves the other segments of the API alone', async () => {
    const written = { title: 'Mine', filter: inDecision }
    for (const name of ['mine', 'kept'])
      await database.db
        .transaction()
        .execute((transaction) => createSegment(transaction, { policy, name, written, actor: 'ann' }))
    await write({ segments: [segment('mine')] })
    await inForce()
    expect(await findSegment(database.db, 'mine')).toMatchObject({ source: 'file', revision: 2, title: 'mine' })
    expect(await findSegment(database.db, 'kept')).toMatchObject({ source: 'api', updatedBy: 'ann' })
  })
})

describe('an invalid segment file is refused and changes nothing', () => {
  const refusal = async (json: unknown) => {
    await write(json)
    const before = await names()
    const error = await inForce().then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ code: 'SpecificationInvalid' })
    expect(await names()).toEqual(before)
    return String((error as Error).message).replaceAll(`${file()}:`, 'segments.json:')
  }

  it('with the line of an unknown field, operator or value', async () => {
    const filter = {
      all: [
        { field: 'buying_stag', operator: 'is', value: 'decision' },
        { field: 'scores.intent', operator: 'atleast', value: 50 },
        { field: 'scores.intent', operator: 'at_least', value: 'high' },
      ],
    }
    expect((await refusal({ segments: [segment('a', filter)] })).split('\n')).toEqual([
      'segments.json:9: segments.0.filter.all.0.field: unknown field "buying_stag"; did you mean buying_stage?',
      'segments.json:15: segments.0.filter.all.1.operator: unknown operator "atleast"; did you mean at_least?',
      'segments.json:21: segments.0.filter.all.2.value: "scores.intent" is a number from 0 to 100, got "high"',
    ])
  })

  it('with the line of what the schema does not allow', async () => {
    expect(await refusal({ segments: [{ ...segment('Bad Name'), title: '' }, segment('b')] })).toMatch(
      /^segments\.json:4: segments\.0\.name: must be 1 to 60 lower case letters.*\nsegments\.json:5: segments\.0\.title: /,
    )
    expect(await refusal({ segments: [segment('a'), segment('a')] })).toContain('segments.1.name: "a" is defined twice')
    expect(await refusal({ segments: [{ ...segment('a'), fliter: 1 }] })).toContain('segments.0.fliter: unknown key')
    expect(await refusal({ segments: [{ name: 'a', title: 'A' }] })).toMatch(/^segments\.json:3: segments\.0\.filter: /)
    expect(await refusal('{ "segments": [')).toMatch(/segments\.json cannot be read: /)
    const nul = { field: 'currency', operator: 'is', value: 'E\u0000' }
    expect(await refusal({ segments: [segment('a', nul)] })).toContain(
      'segments.json:9: segments.0.filter.value: must be text without NUL',
    )
  })

  it('for an attribute that no account has, once there are accounts', async () => {
    const filter = { field: 'attributes.customer_teir', operator: 'is', value: 'gold' }
    await write({ segments: [segment('tiered', filter)] })
    await inForce()
    await insertAccount(database.db, 'acme', [], { name: 'Acme', customer_tier: 'gold', seats: 12 })
    expect(await refusal({ segments: [segment('tiered', filter)] })).toContain(
      'segments.json:7: segments.0.filter.field: unknown field "attributes.customer_teir"; did you mean attributes.customer_tier?',
    )
    const seats = { field: 'attributes.seats', operator: 'at_least', value: '12' }
    expect(await refusal({ segments: [segment('tiered', seats)] })).toContain(
      '"attributes.seats" is a number, got "12"',
    )
    await write({ segments: [segment('tiered', { ...seats, value: 12 })] })
    expect(await inForce()).toContain('tiered')
  })
})
