import type { ServerResponse } from 'node:http'
import { type Received, type Receiver, startReceiver } from './receiver.ts'

/** A CRM on this machine that answers as its published API says. */
export interface StandIn extends Receiver {
  readonly origin: string
  /** By key, as it was last written. */
  readonly rows: Map<string, Record<string, unknown>>
  /** How many records each call held. */
  readonly calls: number[]
  /** Answers, instead of its own, for the next calls. */
  readonly next: { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }[]
  readonly tokens: { current: string; given: number }
}

type Handle = (received: Received, response: ServerResponse, standIn: Omit<StandIn, keyof Receiver | 'origin'>) => void

async function start(handle: Handle): Promise<StandIn> {
  const state = { rows: new Map(), calls: [], next: [], tokens: { current: 'token-1', given: 0 } } as Omit<
    StandIn,
    keyof Receiver | 'origin'
  >
  const receiver = await startReceiver((response, received) => {
    const isToken = received.path.endsWith('/token')
    const instead = isToken ? undefined : state.next.shift()
    if (instead) response.writeHead(instead.status, instead.headers).end(instead.body)
    else handle(received, response, state)
  })
  return { ...receiver, ...state, origin: `http://${receiver.place}` }
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/**
 * @param companies the record ids that it has
 * @param beforeAnswer what it waits for once it has taken what was sent
 */
export async function startHubspot(
  companies: readonly string[],
  beforeAnswer: () => Promise<void> = async () => undefined,
): Promise<StandIn> {
  return await start((received, response, { rows, calls }) => {
    const json = (to: ServerResponse, status: number, body: unknown) =>
      void beforeAnswer().then(() => answerJson(to, status, body))
    const wrong = (status: number, category: string, message: string) =>
      json(response, status, { status: 'error', category, message })
    if (received.headers.authorization !== 'Bearer secret-token') return wrong(401, 'INVALID_AUTHENTICATION', 'no')
    if (received.path !== '/crm/v3/objects/companies/batch/update') return wrong(404, 'NOT_FOUND', 'no such path')
    const { inputs } = JSON.parse(received.body) as { inputs: { id: string; properties: Record<string, string> }[] }
    calls.push(inputs.length)
    if (inputs.length > 100) return wrong(400, 'VALIDATION_ERROR', 'more than 100 inputs')
    if (inputs.some(({ properties }) => properties['winrate_reason_1'] === 'spoils the call')) {
      return wrong(400, 'VALIDATION_ERROR', 'Property values were not valid')
    }
    const found = inputs.filter(({ id }) => companies.includes(id))
    for (const { id, properties } of found) rows.set(id, properties)
    const missing = inputs.map(({ id }) => id).filter((id) => !companies.includes(id))
    const results = found.map(({ id, properties }) => ({ id, properties }))
    if (missing.length === 0) return json(response, 200, { status: 'COMPLETE', results })
    const errors = [
      {
        status: 'error',
        category: 'OBJECT_NOT_FOUND',
        message: 'Could not get some objects',
        context: { ids: missing },
      },
    ]
    json(response, 207, { status: 'COMPLETE', results, numErrors: 1, errors })
  })
}

export async function startSalesforce(): Promise<StandIn> {
  return await start((received, response, { rows, calls, tokens }) => {
    if (received.path === '/services/oauth2/token') return giveToken(received, response, tokens)
    if (received.headers.authorization !== `Bearer ${tokens.current}`) {
      return answerJson(response, 401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }])
    }
    if (received.path !== '/services/data/v62.0/composite/sobjects/Account/Winrate_Id__c') {
      return answerJson(response, 404, [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }])
    }
    const { allOrNone, records } = JSON.parse(received.body) as {
      allOrNone: boolean
      records: Record<string, unknown>[]
    }
    calls.push(records.length)
    if (records.length > 200 || allOrNone)
      return answerJson(response, 400, [{ errorCode: 'LIMIT', message: 'more than 200' }])
    answerJson(
      response,
      200,
      records.map(({ attributes: _, Winrate_Id__c: key, ...fields }) => {
        if (String(key).startsWith('new')) {
          const missing = {
            statusCode: 'REQUIRED_FIELD_MISSING',
            message: 'Required fields are missing: [Name]',
            fields: ['Name'],
          }
          return { success: false, errors: [missing] }
        }
        rows.set(String(key), fields)
        return { id: `001${String(key)}`, success: true, created: false, errors: [] }
      }),
    )
  })
}

export async function startDynamics(): Promise<StandIn> {
  return await start((received, response, { rows, calls, tokens }) => {
    if (received.path === '/tenant/oauth2/v2.0/token') return giveToken(received, response, tokens)
    if (received.headers.authorization !== `Bearer ${tokens.current}`) return answerJson(response, 401, {})
    const boundary = /boundary=(\S+)/.exec(String(received.headers['content-type']))?.[1] ?? ''
    const parts = received.body.split(`--${boundary}`).slice(1, -1)
    calls.push(parts.length)
    if (
      received.path !== '/api/data/v9.2/$batch' ||
      received.headers['prefer'] !== 'odata.continue-on-error' ||
      parts.length > 1000
    ) {
      return answerJson(response, 400, { error: { code: '0x0', message: 'no batch' } })
    }
    const answers = parts.map((part) => {
      const key = /PATCH \S+msdyn_predictivescores\(msdyn_entityid='([^']+)',msdyn_entitytype='account'\) HTTP/.exec(
        part,
      )?.[1]
      const body = JSON.parse(part.slice(part.lastIndexOf('\r\n\r\n'))) as Record<string, unknown>
      const score = body['msdyn_score']
      if (key === undefined || (score !== null && !(Number.isInteger(score) && Number(score) <= 100))) {
        return 'HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n{"error":{"code":"0x80044330","message":"outside the valid range"}}\r\n'
      }
      rows.set(key, body)
      return 'HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\n\r\n\r\n'
    })
    const parted = answers.map(
      (answer) =>
        `--batchresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${answer}`,
    )
    response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=batchresponse_1' })
    response.end(`${parted.join('')}--batchresponse_1--\r\n`)
  })
}

function giveToken(received: Received, response: ServerResponse, tokens: StandIn['tokens']): void {
  const form = new URLSearchParams(received.body)
  if (form.get('grant_type') !== 'client_credentials' || form.get('client_secret') !== 'client-secret') {
    return answerJson(response, 401, { error: 'invalid_client' })
  }
  tokens.given += 1
  answerJson(response, 200, { access_token: tokens.current, token_type: 'Bearer' })
}
