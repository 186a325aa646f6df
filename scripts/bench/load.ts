import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const CONNECTIONS = 10

export interface Route {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Asks a route of a server on loopback over and over, on connections that stay open, one request at a time on each. A
 * bare socket, since node's own client costs more than the routes that are measured.
 * @returns answers a second @throws Error on any answer but 200
 */
export async function loadRoute({ url, headers }: Route, seconds: number): Promise<number> {
  const lines = Object.entries({ host: url.host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const request = Buffer.from(`GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`)
  const start = performance.now()
  const endAt = start + 1000 * seconds
  const counts = await Promise.all(Array.from({ length: CONNECTIONS }, () => askUntil(url, request, endAt)))
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - start) / 1000)
}

async function askUntil(url: URL, request: Buffer, endAt: number): Promise<number> {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
  await once(socket, 'connect')
  try {
    return await new Promise<number>((resolve, reject) => {
      let answers = 0
      let received: Buffer = Buffer.alloc(0)
      const ask = () => (performance.now() < endAt ? void socket.write(request) : resolve(answers))
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server closed the connection')))
      socket.on('data', (data: Buffer) => {
        received = received.length === 0 ? data : Buffer.concat([received, data])
        const length = answerLength(received)
        if (length === undefined || received.length < length) return
        if (length === 0 || !received.subarray(0, 12).equals(OK)) return reject(new Error(received.toString()))
        received = received.subarray(length)
        answers += 1
        ask()
      })
      ask()
    })
  } finally {
    end(socket)
  }
}

const OK = Buffer.from('HTTP/1.1 200')

/** Of the first answer, once its head is complete. */
function answerLength(received: Buffer): number | undefined {
  const head = received.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  const length = /content-length: (\d+)/i.exec(received.toString('latin1', 0, head))
  // Without a length there is nothing to wait for: what has come is looked at as it is, and refused.
  return length ? head + 4 + Number(length[1]) : 0
}

function end(socket: Socket): void {
  socket.removeAllListeners()
  socket.on('error', () => undefined)
  socket.destroy()
}
