import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../../src/http/app.ts'
import { ingestStream } from '../../../../src/jobs/facts/ingest-stream.ts'
import { revokeApiKey } from '../../../../src/store/access/api-keys.ts'
import { rowsOf } from '../../../support/import-text.ts'
import { until } from '../../../support/until.ts'
import { untilSessionsWait } from '../../../support/server/waiting-sessions.ts'
import { startTestService, type TestService } from '../../support.ts'

const MIB = 1_048_576
let service: TestService
let key: string
beforeAll(async () => {
  service = await startTestService()
  key = await service.keyWith('facts:write')
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

  it('says what is wrong with which line, and stores the others', async () => {
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

  it.each([1000, 65_536])('is refused while a line goes on and on, in pieces of %i bytes', async (size) => {
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

  it('without a line is taken for what it is', async () => {
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

  it('that is too large, or is told to end, has stored whole batches and says up to where', async () => {
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

  it('that is told to end while a batch is stored does not wait for its sender', async () => {
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

describe('a sender that is slow', () => {
  it('is answered 408 where a body is one piece, and not where it is a stream', async () => {
    const app = await createApp(service.services, { requestTimeoutMs: 2000 })
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
    const ROW = visit('slow')
    const begin = async (url: string, contentType: string) => {
      const socket = connect(Number(port), '127.0.0.1')
      const answered: Buffer[] = []
      socket.on('data', (data) => answered.push(data))
      const closed = once(socket, 'close')
      socket.write(
        `POST ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${key}\r\nContent-Type: ${contentType}\r\nContent-Length: ${ROW.length}\r\n\r\n${ROW.slice(0, 5)}`,
      )
      return {
        finish: () => socket.write(ROW.slice(5)),
        answer: () => closed.then(() => Buffer.concat(answered).toString()),
      }
    }
    try {
      const inStream = await begin('/v1/activities/stream', 'application/x-ndjson')
      const batch = await begin('/v1/activities/batch', 'application/json')
      // It began later than the stream, and its time is over.
      expect(await batch.answer()).toMatch(/^HTTP\/1.1 408 [^]*"request_timeout"/)
      inStream.finish()
      expect(await inStream.answer()).toMatch(/^HTTP\/1.1 200 [^]*"received":1/)
    } finally {
      await app.close()
    }
  })

  it('does not keep the service from stopping, and is told what is stored', async () => {
    const app = await createApp(service.services)
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
    const socket = connect(Number(port), '127.0.0.1')
    const answered: Buffer[] = []
    socket.on('data', (data) => answered.push(data))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const head = ['POST /v1/activities/stream HTTP/1.1', 'Host: x', `Authorization: Bearer ${key}`]
    head.push('Content-Type: application/x-ndjson', 'Content-Length: 1000000', '', '')
    const lines = Array.from({ length: 1200 }, (_, index) => `${visit(`idle-${index}`)}\n`).join('')
    socket.write(`${head.join('\r\n')}${lines}`)
    const countStored = () => stored(`select count(*) as n from activity where source_id ~ '^idle-'`)
    await expect.poll(countStored).toEqual([{ n: 1000 }])
    await app.close()
    await closed
    expect(Buffer.concat(answered).toString()).toMatch(
      /^HTTP\/1.1 503 [^]*"not_ready"[^]*the service is stopping: everything up to line 1000 is stored/,
    )
    expect(await countStored()).toEqual([{ n: 1000 }])
  })
})

/** Sends a stream by hand, so that something can happen between its parts. */
async function openStream(origin: URL, text: string) {
  const socket = connect({ host: origin.hostname, port: Number(origin.port) })
  let answer = ''
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.on('data', (data: Buffer) => (answer += data.toString())).on('error', () => undefined)
  const send = (part: string) => socket.write(`${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`)
  socket.write(
    `POST /v1/activities/stream HTTP/1.1\r\nhost: ${origin.host}\r\nauthorization: Bearer ${text}\r\n` +
      'content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n',
  )
  return { send, finish: () => socket.write('0\r\n\r\n'), destroy: () => socket.destroy(), ended, answer: () => answer }
}
const thousand = (name: string) =>
  `${Array.from({ length: 1000 }, (_, index) => visit(`${name}-${index}`)).join('\n')}\n`
const countOf = async (name: string) => {
  const [row] = await stored(`select count(*)::int as count from activity where source_id like '${name}-%'`)
  return (row as { readonly count: number } | undefined)?.count
}

describe('a stream that goes on for long', () => {
  it('stores nothing more once its key is revoked', async () => {
    const app = await createApp(service.services)
    const origin = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
    const own = await service.keyWith('facts:write')
    const sender = await openStream(origin, own)
    sender.send(thousand('before'))
    await until('the first thousand is stored', async () => (await countOf('before')) === 1000)
    await revokeApiKey(service.database.db, own.split('_')[1] ?? '')
    sender.send(thousand('after'))
    sender.finish()
    await sender.ended
    expect(sender.answer()).toContain('401 Unauthorized')
    expect(sender.answer()).toContain('the key was revoked or has expired: everything up to line 1000 is stored')
    expect([await countOf('before'), await countOf('after')]).toEqual([1000, 0])
    await app.close()
  })

  it('is in the audit log by what it stored, also when it breaks off', async () => {
    const app = await createApp(service.services)
    const origin = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
    const own = await service.keyWith('facts:write')
    const keyId = own.split('_')[1] ?? ''
    const entries = async () => await stored(`select status from audit_entry where key_id = '${keyId}'`)
    const broken = await openStream(origin, own)
    broken.send(thousand('broken'))
    await until('the first thousand is stored', async () => (await countOf('broken')) === 1000)
    expect(await entries()).toEqual([{ status: 200 }])
    broken.send('{"half":')
    broken.destroy()
    await broken.ended
    await app.close()
    expect(await entries()).toEqual([{ status: 200 }])
    const empty = await service.call({
      method: 'POST',
      url: '/v1/activities/stream',
      key: own,
      payload: '',
      headers: { 'content-type': 'application/x-ndjson' },
    })
    expect(empty.statusCode).toBe(200)
    expect((await entries()).length).toBe(2)
  })
})
