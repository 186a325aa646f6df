import { z } from 'zod'
import { checkTarget, type TargetRules } from '../../../core/delivery/webhooks/target.ts'
import type { CrmRequest } from '../../../core/delivery/write-back/adapter.ts'
import { type CrmAnswer, parseAnswer } from '../../../core/delivery/write-back/outcome.ts'
import { sendOutside } from '../outbound-request.ts'

/** The address of a CRM, and its access token, or how to fetch one by client credentials. */
export interface CrmAccess {
  readonly url: string
  readonly token: string | { readonly url: string; readonly fields: Readonly<Record<string, string>> }
}

export type Answer =
  | ({ readonly kind: 'answered' } & CrmAnswer)
  | { readonly kind: 'failed'; readonly problem: string; readonly waitSeconds: number | null }

const TIMEOUT_MS = 30_000
const MOST_ANSWER_BYTES = 4_000_000
const Token = z.object({ access_token: z.string().min(1) })

/** Sends requests with an access token, which is fetched again once when the CRM refuses it. Secrets do not leave this function. */
export function connect(access: CrmAccess): { readonly send: (request: CrmRequest) => Promise<Answer> } {
  let token = typeof access.token === 'string' ? access.token : undefined

  const call = async (base: string, { path, method, headers, body }: CrmRequest): Promise<Answer> => {
    const url = new URL(path, base)
    const post = { method, headers, body, mostAnswerBytes: MOST_ANSWER_BYTES }
    const sent = await sendOutside(url.href, post, { rules: rulesOf(base), timeoutMs: TIMEOUT_MS })
    if (sent.kind === 'failed') return { kind: 'failed', problem: sent.problem, waitSeconds: null }
    const { status } = sent.answered
    return { kind: 'answered', status, retryAfterSeconds: sent.retryAfterSeconds, body: sent.answered.body() }
  }

  const fetchToken = async (): Promise<Answer | undefined> => {
    if (typeof access.token === 'string') return undefined
    const { url, fields } = access.token
    const { pathname } = new URL(url)
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...fields }).toString()
    const answer = await call(url, { method: 'POST', path: pathname, headers, body: form })
    if (answer.kind === 'failed') return answer
    const read = Token.safeParse(parseAnswer(answer.body))
    if (answer.status === 200 && read.success) {
      token = read.data.access_token
      return undefined
    }
    // The answer's body may repeat the client secret.
    const problem = `${answer.status}: the login gave no access token: check the client id and secret`
    return { kind: 'failed', problem, waitSeconds: answer.retryAfterSeconds }
  }

  return {
    send: async (request) => {
      for (let isSecond = false; ; isSecond = true) {
        const failure = token === undefined ? await fetchToken() : undefined
        if (failure) return failure
        const authorization = `Bearer ${token}`
        const answer = await call(access.url, { ...request, headers: { ...request.headers, authorization } })
        if (answer.kind === 'failed' || answer.status !== 401) return answer
        if (isSecond || typeof access.token === 'string') {
          return {
            kind: 'failed',
            problem: '401: the CRM refuses the credentials: check the token or the client secret',
            waitSeconds: null,
          }
        }
        token = undefined
      }
    },
  }
}

/** Allows the operator's own URL: public by https, or this host and port on this machine. */
function rulesOf(base: string): TargetRules {
  const { port, host } = new URL(base)
  return { ports: [port === '' ? 443 : Number(port)], loopback: [host] }
}

/** @returns why the URL is not allowed */
export function crmUrlProblem(url: string): string | undefined {
  const checked = URL.canParse(url) ? checkTarget(url, rulesOf(url)) : undefined
  if (!checked) return 'must be a URL'
  return checked.kind === 'refused' ? checked.reason : undefined
}
