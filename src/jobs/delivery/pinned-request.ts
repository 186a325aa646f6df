import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import type { Target } from '../../core/delivery/webhooks/target.ts'

/** A target whose host name is resolved. */
export interface PinnedTarget extends Target {
  readonly address: string
}

export interface Post {
  /** Default: POST. */
  readonly method?: 'POST' | 'PATCH'
  /** The bytes that are read of the answer. */
  readonly mostAnswerBytes?: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Answered {
  readonly status: number
  readonly retryAfter: string | undefined
  /** The receiver's clock. */
  readonly date: string | undefined
  /** The part that was read. */
  readonly body: () => string
}

const MOST_ANSWER_BYTES = 65_536
const MOST_HEADER_BYTES = 16_384

/**
 * Sends one request over its own connection to this address. The certificate must be that of the host name. Redirects are not
 * followed, and proxies of the environment are not used.
 * @throws what ended the connection before an answer began, or the signal's reason
 */
export async function dialWebhook(target: PinnedTarget, post: Post, signal: AbortSignal): Promise<Answered> {
  const { request } = target.protocol === 'https:' ? https : http
  return await new Promise((resolve, reject) => {
    let answered: Answered | undefined
    // An answer that was cut off, by us or by the receiver, is an answer.
    const end = (error?: Error) => (answered ? resolve(answered) : reject(error))
    const sent = request(
      {
        method: post.method ?? 'POST',
        host: target.address,
        port: target.port,
        path: target.path,
        // TLS has no server name for an IP address; the certificate must contain the address.
        servername: isIP(target.hostname) === 0 ? target.hostname : '',
        headers: { ...post.headers, host: target.host, 'content-length': Buffer.byteLength(post.body) },
        agent: false,
        maxHeaderSize: MOST_HEADER_BYTES,
        signal,
      },
      (answer) => {
        const chunks: Buffer[] = []
        const body = () => Buffer.concat(chunks).toString()
        const { 'retry-after': retryAfter, date } = answer.headers
        answered = { status: answer.statusCode ?? 0, retryAfter, date, body }
        let bytes = 0
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          chunks.push(chunk)
          if (bytes >= (post.mostAnswerBytes ?? MOST_ANSWER_BYTES)) answer.destroy()
        })
        answer.on('error', end)
        answer.on('close', end)
      },
    )
    sent.on('error', end)
    sent.end(post.body)
  })
}
