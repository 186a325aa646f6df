import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const CONNECTIONS = 10

export interface Route {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Sent as JSON, with POST. */
  readonly body?: unknown
  /** What it must answer. Default: 200. */
  readonly status?: 200 | 304
}

/**
 * Asks a route of a server on loopback over and over, on connections that stay open, one request at a time on each. A
 * bare socket, since node's own client costs more than the routes that are measured.
 * @returns answers a second @throws Error on any answer but the one expected
 */
export async function loadRoute(route: Route, seconds: number): Promise<number> {
  const request = requestOf(route)
  const start = performance.now()
  const endAt = start + 1000 * seconds
  const counts = await Promise.all(Array.from({ length: CONNECTIONS }, () => askUntil(route, request, endAt)))
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - start) / 1000)
}

function requestOf({ url, headers, body }: Route): Buffer {
  const content = body === undefined ? '' : JSON.stringify(body)
  const all = {
    host: url.host,
    ...headers,
    ...(content && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(content)) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const method = content ? 'POST' : 'GET'
  return Buffer.from(`${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n${content}`)
}

async function askUntil({ url, status = 200 }: Route, request: Buffer, endAt: number): Promise<number> {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
  await once(socket, 'connect')
  const expected = Buffer.from(`HTTP/1.1 ${status}`)
  try {
    return await new Promise<number>((resolve, reject) => {
      let answers = 0
      let chunks: Buffer[] = []
      let received = 0
      /** Of the answer that is arriving, once its head is there. */
      let length: number | undefined
      const ask = () => (performance.now() < endAt ? void socket.write(request) : resolve(answers))
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server closed the connection')))
      socket.on('data', (data: Buffer) => {
        chunks.push(data)
        received += data.length
        if (length === undefined) {
          const head = chunks.length === 1 ? data : Buffer.concat(chunks)
          length = answerLength(head, status)
          if (length === undefined) return
          const isExpected = length > 0 && head.subarray(0, expected.length).equals(expected)
          if (!isExpected) return reject(new Error(head.toString()))
        }
        if (received < length) return
        chunks = []
        received = 0
        length = undefined
        answers += 1
        ask()
      })
      ask()
    })
  } finally {
    end(socket)
  }
}

/** Of the first answer, once its head is complete; 0 when it does not say. */
function answerLength(received: Buffer, status: number): number | undefined {
  const head = received.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  if (status === 304) return head + 4
  const length = /content-length: (\d+)/i.exec(received.toString('latin1', 0, head))
  // Without a length the end is unknown: what has arrived is checked, and refused.
  return length ? head + 4 + Number(length[1]) : 0
}

function end(socket: Socket): void {
  socket.removeAllListeners()
  socket.on('error', () => undefined)
  socket.destroy()
}
