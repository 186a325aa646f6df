import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../src/http/app.ts'
import { startTestService, type TestService } from '../support.ts'

/** `SLOW_CLIENTS=1000 npm test -- slow-clients` for the long version. */
const CLIENTS = Number(process.env['SLOW_CLIENTS'] ?? 100)
const TIMEOUT_MS = 1000

let service: TestService
let app: FastifyInstance
let origin: URL
let key: string
beforeAll(async () => {
  service = await startTestService()
  key = await service.keyWith('score:read')
  app = await createApp(service.services, { requestTimeoutMs: TIMEOUT_MS })
  origin = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
})
afterAll(async () => {
  await app.close()
  await service.close()
})

/** Sends a byte every 100 ms until it is cut off, before it has sent all: the slowness is what is tested. @returns what was answered */
async function trickle(begin: string, byte: string): Promise<string> {
  const socket = connect({ host: origin.hostname, port: Number(origin.port) })
  let answer = ''
  let isOpen = true
  socket.on('data', (data: Buffer) => (answer += data.toString())).on('error', () => undefined)
  socket.on('close', () => (isOpen = false))
  socket.write(begin)
  while (isOpen) {
    await wait(100)
    if (isOpen) socket.write(byte)
  }
  socket.destroy()
  return answer
}

describe(`${CLIENTS} clients that send a byte at a time`, () => {
  it('in the head get 408 and are disconnected, while other clients are answered', async () => {
    const slow = Array.from({ length: CLIENTS }, () => trickle('GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ', 'a'))
    const healthy = Array.from({ length: 10 }, async () => (await fetch(new URL('/livez', origin))).status)
    expect(new Set(await Promise.all(healthy))).toEqual(new Set([200]))
    for (const answer of await Promise.all(slow)) {
      expect(answer).toContain('HTTP/1.1 408')
    }
  })

  it('in the body get 408 and are disconnected', async () => {
    const head =
      `POST /v1/scores HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n` +
      'content-type: application/json\r\ncontent-length: 100000\r\n\r\n'
    for (const answer of await Promise.all(Array.from({ length: CLIENTS }, () => trickle(head, ' ')))) {
      expect(answer).toContain('HTTP/1.1 408')
      expect(answer).toContain('"code":"request_timeout"')
    }
  })
})

it('the default time limit of an answer exceeds that of a body', async () => {
  const usual = await createApp(service.services)
  const { handlerTimeout = 0 } = usual.initialConfig as { readonly handlerTimeout?: number }
  const { headersTimeout } = usual.server
  expect(headersTimeout).toBe(30_000)
  expect(handlerTimeout).toBeGreaterThan(headersTimeout)
  await usual.close()
})
