import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingestStream } from '../../../../src/jobs/facts/ingest-stream.ts'
import { rowsOf } from '../../../support/import-text.ts'
import { untilSessionsWait } from '../../../support/server/waiting-sessions.ts'
import { startTestService, type TestService } from '../../support.ts'

const MIB = 1_048_576
let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

async function stream(payload: string | Buffer, headers: Record<string, string> = {}) {
  const answer = await service.call({
    method: 'POST',
    url: '/v1/activities/stream',
    payload,
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  })
  return { status: answer.statusCode, ...answer.json() }
}

function visit(id: string, more: object = {}): string {
  return JSON.stringify({ source_id: id, kind: 'visit', occurred_at: '2026-03-01T08:00:00Z', ...more })
}
const stored = (query: string) => rowsOf(service.database, query)
const noSignal = new AbortController().signal
/** Chunks as a slow network cuts them: anywhere. */
function cut(text: string, size: number): AsyncIterable<Buffer> {
  const bytes = Buffer.from(text)
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
  return Readable.from(chunks) as AsyncIterable<Buffer>
}

describe('a stream', () => {
  it('of several batches is stored, and sent again changes nothing', async () => {
    const lines = Array.from({ length: 2500 }, (_, index) => visit(`many-${index}`)).join('\n')
    const counts = { status: 200, received: 2500, rejected: 0, unmatched: 2500, reasons: {}, rejected_rows: [] }
    expect(await stream(lines)).toEqual({ ...counts, created: 2500, updated: 0, unchanged: 0 })
    expect(await stream(`${lines}\n`)).toEqual({ ...counts, created: 0, updated: 0, unchanged: 2500 })
  })

  it('reports each invalid line, and stores the others', async () => {
    const lines = [
      `\uFEFF${visit('l1')}`,
      '',
      '{"source_id":',
      visit('l4', { occurred_at: 'yesterday' }),
      '[1]',
      `{"source_id":${'['.repeat(40)}${']'.repeat(40)}}`,
      visit('l7', { name: 'x' }),
      `\t${visit('l8')}\r`,
      '{"source_id":"l9\\u0000"}',
    ]
    const answer = await stream(lines.join('\n'))
    expect(answer).toMatchObject({ status: 200, received: 8, created: 2, rejected: 6 })
    expect(answer.reasons).toEqual({ bad_character: 1, bad_instant: 1, malformed_json: 3, unknown_key: 1 })
    const found = answer.rejected_rows.map((row: { line: number; code: string; pointer: string }) => [
      row.line,
      row.code,
      row.pointer,
    ])
    expect(found).toEqual([
      [3, 'malformed_json', '#'],
      [4, 'bad_instant', '#/occurred_at'],
      [5, 'malformed_json', '#'],
      [6, 'malformed_json', '#'],
      [7, 'unknown_key', '#/name'],
      [9, 'bad_character', '#/source_id'],
    ])
  })

  it('with bytes that are not UTF-8 loses those lines only', async () => {
    const broken = Buffer.concat([
      Buffer.from(`${visit('u1')}\n{"source_id":"u`),
      Buffer.from([0xff, 0xc3]),
      Buffer.from(`"}\n${visit('u3')}\n`),
    ])
    expect(await stream(broken)).toMatchObject({ created: 2, rejected: 1, reasons: { bad_character: 1 } })
  })

  it('with a line of more than 1 MiB is refused, and has stored what stands before it', async () => {
    const long = [visit('u4'), '{}', visit('u5', { domain: 'x'.repeat(MIB) }), visit('u6')].join('\n')
    const detail =
      'line 3: the line is longer than 1048576 characters: shorten it or leave it out: ' +
      'everything up to line 2 is stored; send the stream again from the start'
    expect(await stream(long)).toMatchObject({ status: 413, code: 'body_too_large', detail })
    expect(await stored(`select source_id from activity where source_id in ('u4', 'u5', 'u6')`)).toEqual([
      { source_id: 'u4' },
    ])
  })

  it.each([1000, 65_536])('is refused if a line does not end, in pieces of %i bytes', async (size) => {
    let sent = 0
    async function* endless() {
      yield Buffer.from(`${visit(`endless-${size}`)}\n{"source_id":"`)
      for (;;) {
        yield Buffer.alloc(size, 'x')
        sent += size
      }
    }
    const reading = ingestStream(service.database.pool, 'activities', endless(), {
      mostBytes: 1024 * MIB,
      signal: noSignal,
    })
    await expect(reading).rejects.toMatchObject({
      message: expect.stringMatching(/^line 2: .* up to line 1 is stored/),
    })
    expect(sent).toBeLessThan(MIB + 2 * size)
  })

  it('counts all rejected rows and lists the first 1,000', async () => {
    const answer = await stream('{}\n'.repeat(1100))
    expect(answer).toMatchObject({ received: 1100, rejected: 1100, reasons: { missing_value: 1100 } })
    expect(answer.rejected_rows).toHaveLength(1000)
    expect(answer.rejected_rows.at(-1)).toMatchObject({ line: 1000, pointer: '#/source_id' })
  })

  it('without a line is accepted', async () => {
    expect(await stream('\n\n')).toMatchObject({ status: 200, received: 0 })
  })

  it.each([
    ['application/json', {}],
    ['text/csv', {}],
    ['application/x-ndjson; charset=latin1', {}],
    ['application/x-ndjson', { 'content-encoding': 'gzip' }],
  ])('sent as %s %j is refused', async (contentType, headers) => {
    expect(await stream('{}', { 'content-type': contentType, ...headers })).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
    })
  })

  it('without a body or a type is refused', async () => {
    const answer = await service.call({ method: 'POST', url: '/v1/activities/stream' })
    expect(answer.statusCode).toBe(415)
  })

  it('gives the same whatever the pieces in which it arrives', async () => {
    const text = [visit('p1', { attributes: { name: 'Müller 👩‍👩‍👧' } }), visit('p2')].join('\r\n')
    for (const size of [1, 7, 1000]) {
      const summary = await ingestStream(service.database.pool, 'activities', cut(text, size), {
        mostBytes: MIB,
        signal: noSignal,
      })
      expect(summary).toMatchObject({ received: 2, rejected: 0 })
    }
    expect(await stored(`select attributes from activity where source_id = 'p1'`)).toEqual([
      { attributes: { name: 'Müller 👩‍👩‍👧' } },
    ])
  })

  it('that is too large or is ended has stored whole batches, and reports the last line', async () => {
    const text = Array.from({ length: 1500 }, (_, index) => visit(`big-${index}`)).join('\n')
    const most = { mostBytes: text.length - 1000, signal: noSignal }
    const tooLarge = ingestStream(service.database.pool, 'activities', cut(text, 500), most)
    await expect(tooLarge).rejects.toMatchObject({
      code: 'StreamInterrupted',
      message: expect.stringContaining('up to line 1000 is stored'),
    })
    expect(await stored(`select count(*) as n from activity where source_id ~ '^big-'`)).toEqual([{ n: 1000 }])
    const stopped = { mostBytes: MIB, signal: AbortSignal.abort(new Error('stop')) }
    await expect(ingestStream(service.database.pool, 'activities', cut(text, 500), stopped)).rejects.toMatchObject({
      message: 'nothing is stored; send the stream again from the start',
    })
  })

  it('that is ended while a batch is stored does not wait for its sender', async () => {
    async function* silentAfter(text: string) {
      yield Buffer.from(text)
      await new Promise<never>(() => undefined)
    }
    const lines = Array.from({ length: 1000 }, (_, index) => `${visit(`told-${index}`)}\n`).join('')
    const stopping = new AbortController()
    const reading = ingestStream(service.database.pool, 'activities', silentAfter(lines), {
      mostBytes: MIB,
      signal: stopping.signal,
      afterFirstBatch: () => stopping.abort(new Error('stop')),
    })
    await expect(reading).rejects.toThrow('everything up to line 1000 is stored')
  })

  it('reads no further ahead than it writes', async () => {
    let given = 0
    async function* endless() {
      for (; given < 20; given += 1)
        yield Buffer.from(Array.from({ length: 1000 }, (_, index) => `${visit(`e${given}-${index}`)}\n`).join(''))
    }
    const client = await service.database.pool.connect()
    try {
      // Who writes activities holds this lock; nobody else can.
      await client.query(`begin; select pg_advisory_xact_lock(hashtext('winrate.import.activity'))`)
      const reading = ingestStream(service.database.pool, 'activities', endless(), {
        mostBytes: 100 * MIB,
        signal: noSignal,
      })
      await untilSessionsWait(service.database)
      for (let turn = 0; turn < 100; turn += 1) await nextTurn()
      expect(given).toBe(0)
      await client.query('commit')
      expect(await reading).toMatchObject({ created: 20_000 })
    } finally {
      client.release()
    }
  })
})
