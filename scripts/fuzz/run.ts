import fc from 'fast-check'
import { casesOf } from './requests/cases.ts'
import type { FuzzCase } from './requests/request.ts'
import { type Answer, answerChecker, formatChecker, schemaChecker } from './conformance.ts'
import { concrete, hashOf } from './concrete.ts'
import type { Finding, Fuzz, FuzzOptions, FuzzResult } from './context.ts'
import { type Operation, operationsOf } from './document.ts'
import { LIMIT_MS, leastOfThree, measureThread, threadCpuMs } from './main-thread.ts'
import { type ConcreteRequest, fitOf, isAccepted, isRejected, jsonOf, methodsAt } from './evaluate-answer.ts'
import { createPools } from './pools.ts'
import { createClient, type WireRequest } from './send.ts'
import { runSequences } from './sequences.ts'
import type { FuzzedService } from './service.ts'

/** All cases of all operations, then sequences of calls. The same seed gives the same cases. */
export async function fuzz(service: FuzzedService, options: FuzzOptions): Promise<FuzzResult> {
  const { progress = () => undefined, seed } = options
  const findings = new Map<string, Finding>()
  let requests = 0
  const context = createFuzz(
    service,
    (finding) => {
      // Of many requests with one fault, the shortest is reported.
      const key = `${finding.operation} ${finding.kind} ${finding.fault.replaceAll(/[^a-z ]/gi, '').slice(0, 80)}`
      const known = findings.get(key)
      if (!known || finding.request.length < known.request.length) findings.set(key, finding)
    },
    () => (requests += 1),
  )
  const chosen = context.operations.filter(({ id }) => options.operations?.includes(id) ?? true)
  let cases = 0
  let accepted = 0
  try {
    await warmUp(context)
    for (const [index, operation] of chosen.entries()) {
      const drawn = fc.sample(casesOf(context.document, operation, context.operations), {
        numRuns: options.cases,
        seed: seed * 1009 + hashOf(operation.id),
      })
      for (const one of drawn) {
        const status = await runCase(context, operation, one)
        if (status < 300) accepted += 1
      }
      cases += drawn.length
      progress(
        `${index + 1} of ${chosen.length} ${operation.id}: ${drawn.length} cases, ${findings.size} findings so far`,
      )
    }
    cases += await runSequences(context, chosen, options)
  } finally {
    context.client.close()
  }
  return { operations: chosen.length, cases, requests, accepted, findings: [...findings.values()] }
}

function createFuzz(service: FuzzedService, found: Fuzz['found'], count: () => void): Fuzz {
  const { document, keys, address } = service
  const client = createClient(address)
  const pools = createPools(keys.ids)
  const checkAnswer = answerChecker(document)
  return {
    document,
    operations: operationsOf(document),
    client,
    keys,
    pools,
    check: schemaChecker(document),
    checkFormats: formatChecker(document),
    checkAnswer,
    found,
    async send(operation, kind, { wire }) {
      const say = (fault: string) => found({ operation: operation.id, kind, fault, request: describe(wire) })
      count()
      const before = threadCpuMs()
      const answer = await client.send(wire)
      if (threadCpuMs() - before > LIMIT_MS) {
        const { longestMs } = await leastOfThree(async () => (await measureThread(() => client.send(wire))).time)
        if (longestMs > LIMIT_MS) say(`held the event loop for ${longestMs.toFixed(0)} ms of processor time`)
      }
      if (answer.status >= 500) say(`answered ${answer.status}: ${answer.body.slice(0, 300)}`)
      for (const fault of checkAnswer(wire.method, wire.url, answer)) say(fault)
      for (const fault of commonFaults(answer)) say(fault)
      for (const line of service.takeErrors()) say(`logged an error: ${line.slice(0, 3000)}`)
      if (answer.status < 300) {
        pools.harvest(wire.url, jsonOf(answer.body))
        if (answer.headers['location']) pools.harvest(wire.url, { location: answer.headers['location'] })
      }
      return answer
    },
  }
}

function commonFaults({ headers, body, status }: Answer): readonly string[] {
  // Answered on the bare socket.
  if (status === 431) return []
  const faults: string[] = []
  if (headers['x-content-type-options'] !== 'nosniff') faults.push(`${status} without X-Content-Type-Options`)
  if (headers['x-request-id'] === undefined) faults.push(`${status} without X-Request-Id`)
  if (body !== '' && !/charset=utf-8/.test(String(headers['content-type']))) faults.push(`${status} without a charset`)
  return faults
}

/** Every list is read once, and every example sent, so that ids are known. */
async function warmUp(context: Fuzz): Promise<void> {
  const right = { path: {}, query: [], headers: {}, body: undefined, auth: 'full' } as const
  for (const operation of context.operations) {
    if (operation.method !== 'GET' || operation.path.includes('{')) continue
    await context.send(operation, 'list', concrete(context, operation, { ...right, method: 'GET' }))
  }
}

async function runCase(
  context: Fuzz,
  operation: Operation,
  { kind, request, expected, twice }: FuzzCase,
): Promise<number> {
  const sent = concrete(context, operation, request)
  const say = (fault: string) => context.found({ operation: operation.id, kind, fault, request: describe(sent.wire) })
  const answer = await context.send(operation, kind, sent)
  const { status } = answer
  const fit = expected === 'fits' ? fitOf(context, operation, sent) : undefined
  if (fit === 'right' && !isAccepted(answer))
    say(`fits the document and is refused: ${status} ${answer.body.slice(0, 300)}`)
  if ((fit === 'wrong' || expected === 'rejected') && !isRejected(answer))
    say(`does not fit the document and is answered ${status}`)
  if (expected === 'unauthenticated' && status !== 401) say(`answered ${status} without a good key`)
  if (expected === 'forbidden' && status !== 403) say(`answered ${status} without the scope ${operation.scope}`)
  if (expected === 'wrong_method') checkMethod(context, sent.wire, answer, say)
  if (twice) await checkRepetition(context, operation, sent, answer, say)
  return status
}

function checkMethod(
  { document }: Fuzz,
  wire: WireRequest,
  { status, headers }: Answer,
  say: (fault: string) => void,
): void {
  const documented = methodsAt(document, wire.url)
  if (documented.includes(wire.method)) return
  // A value that is empty or dots makes another path.
  if (documented.length === 0) return
  if (status !== 405) say(`${wire.method} is answered ${status} instead of 405`)
  else if (String(headers['allow']) !== documented.join(', '))
    say(`Allow is ${String(headers['allow'])}, documented are ${documented.join(', ')}`)
}

/** A write that succeeded is done once and gets the same answer; one that was refused may be sent again under the same key. */
async function checkRepetition(
  context: Fuzz,
  operation: Operation,
  sent: ConcreteRequest,
  first: Answer,
  say: (fault: string) => void,
): Promise<void> {
  const second = await context.send(operation, 'twice', sent)
  if (first.status >= 300) return
  if (second.status !== first.status || second.body !== first.body)
    say(`repeated: ${second.status} after ${first.status}, or another body`)
  if (second.headers['idempotency-replayed'] !== 'true') say('repeated without Idempotency-Replayed')
  const other = {
    ...sent,
    wire: { ...sent.wire, url: `${sent.wire.url.replace(/\?.*/s, '')}`, body: '{"other":true}' },
  }
  const changed = await context.send(operation, 'twice', {
    ...other,
    wire: { ...other.wire, headers: { 'content-type': 'application/json', ...other.wire.headers } },
  })
  if (changed.status < 400) say(`another request under the same Idempotency-Key is answered ${changed.status}`)
}

/** As it could be sent by hand. */
function describe({ method, url, headers, body }: WireRequest): string {
  const { authorization: _, ...shown } = headers
  const text = body === undefined ? '' : ` ${typeof body === 'string' ? body : `bytes ${body.toString('hex')}`}`
  const short = text.length > 2000 ? `${text.slice(0, 2000)}… (${text.length} characters)` : text
  return `${method} ${url.length > 500 ? `${url.slice(0, 500)}…` : url} ${JSON.stringify(shown)}${short}`
}
