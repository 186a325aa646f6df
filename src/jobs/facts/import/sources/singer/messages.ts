import { parseFacts } from '../../../../../core/facts/import/json-text.ts'
import { shapeProblem } from '../../../../../core/base/json-shape.ts'

/** A message of the Singer specification, https://hub.meltano.com/singer/spec. */
export type SingerMessage =
  | { readonly type: 'SCHEMA'; readonly stream: string }
  | { readonly type: 'ACTIVATE_VERSION'; readonly stream: string }
  | { readonly type: 'RECORD'; readonly stream: string; readonly record: Readonly<Record<string, unknown>> }
  /** Its value as JSON: what the tap wants to be given back the next time. */
  | { readonly type: 'STATE'; readonly value: string }
  | { readonly type: 'broken'; readonly reason: string }

const BATCH = 'BATCH: the tap writes its records into files of its own instead: switch its batch_config off'

/** As the libraries of taps write it: then the value goes back to the letter. */
const STATE = /^\s*\{\s*"type"\s*:\s*"STATE"\s*,\s*"value"\s*:([\s\S]*)\}\s*$/

/** Reads a line. Numbers of a record with more digits than a double holds are kept as text. */
export function readMessage(line: string): SingerMessage {
  const message = parsed(line)
  if (message === undefined) return broken('not a whole JSON object: the tap ended, or was ended, in the middle of it')
  const { type, stream, record } = message
  if (type === 'STATE')
    return { type, value: STATE.exec(line)?.[1]?.trim() ?? JSON.stringify(message['value'] ?? null) }
  if (type === 'BATCH') return broken(BATCH)
  if (type !== 'SCHEMA' && type !== 'RECORD' && type !== 'ACTIVATE_VERSION')
    return broken(
      `expected SCHEMA, RECORD, STATE or ACTIVATE_VERSION, got ${JSON.stringify(type ?? null).slice(0, 100)}`,
    )
  if (typeof stream !== 'string' || stream === '') return broken(`${type} names no stream`)
  if (type !== 'RECORD') return { type, stream }
  return isObject(record) ? { type, stream, record } : broken(`RECORD of ${stream} holds no record`)
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    if (shapeProblem(line) !== undefined) return undefined
    const message = parseFacts(line)
    return isObject(message) ? message : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function broken(reason: string): SingerMessage {
  return { type: 'broken', reason }
}
