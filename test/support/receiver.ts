import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { IncomingHttpHeaders } from 'node:http'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Receiver {
  readonly port: number
  readonly place: string
  readonly url: string
  readonly received: readonly Received[]
  /** All connections, also those that asked nothing. */
  readonly connections: () => number
  close(): Promise<void>
}

export type Answering = (response: ServerResponse, received: Received, request: IncomingMessage) => void

/** A webhook receiver on this machine. */
export async function startReceiver(answer: Answering = (response) => response.end()): Promise<Receiver> {
  const received: Received[] = []
  let connections = 0
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      // Its sender was killed before all of it was sent: nothing was received.
      return
    }
    const { url = '', headers } = request
    const entry = { path: url, headers, body: Buffer.concat(chunks).toString() }
    received.push(entry)
    response.on('error', () => undefined)
    answer(response, entry, request)
  })
  server.on('connection', () => (connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const place = `127.0.0.1:${port}`
  return {
    port,
    place,
    url: `http://${place}/hook`,
    received,
    connections: () => connections,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
