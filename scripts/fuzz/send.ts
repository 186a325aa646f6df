import { Agent, request as httpRequest } from 'node:http'
import type { Answer } from './conformance.ts'

export interface WireRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | undefined
}

export interface Client {
  send(request: WireRequest): Promise<Answer>
  close(): void
}

const TIMEOUT_MS = 60_000

/** Plain node:http, which sends requests that fetch refuses. */
export function createClient(address: string): Client {
  const { hostname, port } = new URL(address)
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const once = ({ method, url, headers, body }: WireRequest) =>
    new Promise<Answer>((resolve, reject) => {
      const length: Record<string, string> =
        body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const options = { host: hostname, port, agent, method, path: url, headers: { ...length, ...headers } }
      const sent = httpRequest(options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        )
      })
      sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
      sent.on('error', reject)
      sent.end(body)
    })
  return {
    async send(request) {
      try {
        return await once(request)
      } catch (error) {
        // The service closes a connection whose body it will not read; on a reused one that may be noticed only now.
        const code = error instanceof Error && 'code' in error ? error.code : undefined
        if (code !== 'ECONNRESET' && code !== 'EPIPE') throw error
        return await once(request)
      }
    },
    close: () => agent.destroy(),
  }
}
