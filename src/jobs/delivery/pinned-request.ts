import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import type { Target } from '../../core/delivery/webhooks/target.ts'

/** Where to connect, with nothing left to be resolved. */
export interface PinnedTarget extends Target {
  readonly address: string
}

export interface Post {
  /** POST unless told otherwise. */
  readonly method?: 'POST' | 'PATCH'
  /** How much of an answer is read. */
  readonly mostAnswerBytes?: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What is read of an answer. */
export interface Answered {
  readonly status: number
  readonly retryAfter: string | undefined
  /** What time it was there. */
  readonly date: string | undefined
  /** As far as it was read. */
  readonly body: () => string
}

const MOST_ANSWER_BYTES = 65_536
const MOST_HEADER_BYTES = 16_384

/**
 * Sends one request over a connection of its own to exactly this address. A certificate must be the host name's. Redirections
 * are answers like others: nothing is followed, and no proxy of the environment is used.
 * @throws whatever ends the connection before an answer began, or `signal`'s reason
 */
export async function dialWebhook(target: PinnedTarget, post: Post, signal: AbortSignal): Promise<Answered> {
  const { request } = target.protocol === 'https:' ? https : http
  return await new Promise((resolve, reject) => {
    let answered: Answered | undefined
    // An answer that is cut off, by us or by them, was an answer all the same.
    const end = (error?: Error) => (answered ? resolve(answered) : reject(error))
    const sent = request(
      {
        method: post.method ?? 'POST',
        host: target.address,
        port: target.port,
        path: target.path,
        // An address is not sent as a server name; its certificate must hold it.
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
