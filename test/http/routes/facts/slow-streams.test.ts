import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../../src/http/app.ts'
import { revokeApiKey } from '../../../../src/store/access/api-keys.ts'
import { rowsOf } from '../../../support/import-text.ts'
import { until } from '../../../support/until.ts'
import { startTestService, type TestService } from '../../support.ts'

let service: TestService
let key: string
beforeAll(async () => {
  service = await startTestService()
  key = await service.keyWith('facts:write')
})
afterAll(() => service.close())

function visit(id: string, more: object = {}): string {
  return JSON.stringify({ source_id: id, kind: 'visit', occurred_at: '2026-03-01T08:00:00Z', ...more })
}
const stored = (query: string) => rowsOf(service.database, query)

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

  it('does not delay the end of the service, and gets the number of the last stored line', async () => {
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
  it('stores no further rows after its key is revoked', async () => {
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

  it('is in the audit log with its stored rows, also if it breaks off', async () => {
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
