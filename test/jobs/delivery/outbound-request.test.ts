import { afterEach, describe, expect, it } from 'vitest'
import type { PinnedTarget } from '../../../src/jobs/delivery/pinned-request.ts'
import { sendWebhook } from '../../../src/jobs/delivery/outbound-request.ts'
import { INSIDE_ADDRESSES, INSIDE_URLS } from '../../support/inside-urls.ts'
import { type Answering, type Receiver, startReceiver } from '../../support/receiver.ts'

const POST = { headers: { 'content-type': 'application/json' }, body: '{"a":1}' }
const receivers: Receiver[] = []

async function receiver(answer?: Answering): Promise<Receiver> {
  const started = await startReceiver(answer)
  receivers.push(started)
  return started
}
afterEach(async () => {
  await Promise.all(receivers.splice(0).map((started) => started.close()))
})

type Place = Pick<Receiver, 'url' | 'place'>
const rules = (...allowed: readonly Place[]) => ({ ports: [443], loopback: allowed.map(({ place }) => place) })
const send = (to: Place, timeoutMs = 240_000) => sendWebhook(to.url, POST, { rules: rules(to), timeoutMs })

/** Records the targets and connects to none. */
function recordingDialler() {
  const dialled: PinnedTarget[] = []
  const dial = async (target: PinnedTarget) => {
    dialled.push(target)
    return { status: 200, retryAfter: undefined, date: undefined, body: () => '' }
  }
  return { dialled, dial }
}

describe('a webhook to an internal address', () => {
  it.each(INSIDE_URLS)('is never dialled: %s', async (url) => {
    const { dialled, dial } = recordingDialler()
    // A name server under the attacker's control.
    const resolve = async () => ['127.0.0.1']
    const attempt = await sendWebhook(url, POST, { rules: rules(), timeoutMs: 240_000, resolve, dial })
    expect(attempt).toMatchObject({ kind: 'failed', problem: expect.stringMatching(/^not sent: /) })
    expect(dialled).toEqual([])
  })

  it.each(INSIDE_ADDRESSES)(
    'is never dialled when its name resolves to %s, alone or beside a public address',
    async (address) => {
      const { dialled, dial } = recordingDialler()
      for (const addresses of [[address], ['8.8.8.8', address], [address, '8.8.8.8']]) {
        const resolve = async () => addresses
        const options = { rules: rules(), timeoutMs: 240_000, resolve, dial }
        const attempt = await sendWebhook('https://crm.example.com/', POST, options)
        expect(attempt).toMatchObject({ kind: 'failed', problem: expect.stringContaining('not sent: the host name') })
      }
      expect(dialled).toEqual([])
    },
  )

  it('is refused also when the name resolves differently between check and connection, or at the next attempt', async () => {
    const { dialled, dial } = recordingDialler()
    let asked = 0
    const resolve = async () => (asked++ === 0 ? ['8.8.8.8'] : ['127.0.0.1'])
    const options = { rules: rules(), timeoutMs: 240_000, resolve, dial }
    expect((await sendWebhook('https://rebind.example.com/', POST, options)).kind).toBe('answered')
    expect((await sendWebhook('https://rebind.example.com/', POST, options)).kind).toBe('failed')
    // One look-up each; the connection goes to the address that was checked.
    expect(asked).toBe(2)
    expect(dialled.map(({ address, hostname }) => [address, hostname])).toEqual([['8.8.8.8', 'rebind.example.com']])
  })

  it('does not follow redirects', async () => {
    const canary = await receiver()
    for (const status of [301, 302, 303, 307, 308]) {
      const to = await receiver((response) => response.writeHead(status, { location: canary.url }).end())
      expect(await send(to)).toEqual({ kind: 'answered', status, retryAfterSeconds: null })
      expect(to.received).toHaveLength(1)
    }
    expect(canary.connections()).toBe(0)
  })

  it('does not reach another port of this machine than the allowed one', async () => {
    const [allowed, canary] = [await receiver(), await receiver()]
    for (const url of [canary.url, `http://localhost:${canary.port}/`, `http://127.1:${canary.port}/`]) {
      expect((await sendWebhook(url, POST, { rules: rules(allowed), timeoutMs: 240_000 })).kind).toBe('failed')
    }
    expect(canary.connections()).toBe(0)
    expect((await send(allowed)).kind).toBe('answered')
  })

  it('does not use a proxy of the environment', async () => {
    const [to, proxy] = [await receiver(), await receiver()]
    const before = { ...process.env }
    Object.assign(process.env, { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NODE_USE_ENV_PROXY: '1' })
    try {
      expect(await send(to)).toMatchObject({ status: 200 })
    } finally {
      process.env = before
    }
    expect(proxy.connections()).toBe(0)
  })
})

describe('a receiver', () => {
  it('gets the body and headers unchanged, with its own host', async () => {
    const to = await receiver()
    await send(to)
    expect(to.received).toMatchObject([
      { path: '/hook', body: '{"a":1}', headers: { host: to.place, 'content-type': 'application/json' } },
    ])
  })

  it('that does not answer is disconnected at the timeout', async () => {
    const to = await receiver(() => undefined)
    expect(await send(to, 300)).toEqual({ kind: 'failed', problem: 'no answer within 0.3 s' })
  })

  it('whose answer is slow is disconnected at the timeout, and counts as answered', async () => {
    const to = await receiver((response) => {
      response.writeHead(200)
      // A byte every 20 ms: an answer that never ends, though it never pauses.
      const trickle = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(trickle))
    })
    let attempt: Awaited<ReturnType<typeof send>> | undefined
    // A busy machine may not read the head of the answer in time: the next attempt has a longer timeout.
    for (let timeoutMs = 300; timeoutMs < 100_000 && attempt?.kind !== 'answered'; timeoutMs *= 4) {
      attempt = await send(to, timeoutMs)
    }
    expect(attempt).toMatchObject({ kind: 'answered', status: 200 })
  })

  it('is read up to 64 KiB', async () => {
    let sent = 0
    const to = await receiver((response) => {
      response.writeHead(200)
      const more = () => {
        while (!response.destroyed) {
          sent += 65_536
          if (!response.write(Buffer.alloc(65_536))) {
            response.once('drain', more)
            return
          }
        }
      }
      more()
    })
    // Long before the timeout, or the test would not end.
    expect(await send(to, 3_600_000)).toMatchObject({ kind: 'answered', status: 200 })
    // The socket buffers of both sides, of an endless answer.
    expect(sent).toBeLessThan(64 * 1024 * 1024)
  })

  it('that is absent, disconnects or does not speak HTTP has not answered', async () => {
    // Port 1 is unused; the port of a closed server may belong to another process by now.
    const gone = { url: 'http://127.0.0.1:1/hook', place: '127.0.0.1:1' }
    const dropping = await receiver((response) => response.destroy())
    const nonsense = await receiver((response) => response.socket?.end('nonsense\r\n\r\n'))
    for (const to of [gone, dropping, nonsense]) {
      expect(await send(to)).toMatchObject({
        kind: 'failed',
        problem: expect.stringMatching(/^no connection: [A-Z_]+/),
      })
    }
  })

  it('can send Retry-After', async () => {
    const to = await receiver((response) => response.writeHead(429, { 'retry-after': '17' }).end())
    expect(await send(to)).toEqual({ kind: 'answered', status: 429, retryAfterSeconds: 17 })
  })
})
