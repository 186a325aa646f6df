import type { Pool } from 'pg'
import { IMPORT_KINDS } from '../../../../../core/facts/import/kinds.ts'
import type { Mapping } from '../../../../../core/facts/import/mapping.ts'
import { AppError } from '../../../../../errors.ts'
import { type ImportOptions, type ImportSummary, importFiles } from '../../import.ts'
import { withSpool } from '../spool.ts'
import { readMessage } from './messages.ts'
import { readLines } from './read-lines.ts'
import { mappingOfStream, ownCells, type StreamsBy } from './streams.ts'
import { sumOfParts } from './stream-summary.ts'

export interface SingerOptions
  extends Omit<ImportOptions, 'kind' | 'files' | 'mapping' | 'isPreset' | 'rejectsFile' | 'onProgress'> {
  readonly by: StreamsBy
  /** Called with the value of the latest STATE once all records before it are committed; never in a dry run. */
  readonly onState: (value: string) => void
  /** So many records are committed together, unless the stream ends before. Default 10,000. */
  readonly commitRecords?: number | undefined
}

export interface SingerSummary {
  /** In the order in which they came. */
  readonly streams: readonly ImportSummary[]
  readonly passedOver: readonly { readonly stream: string; readonly records: number; readonly reason: string }[]
  /** Streams of which a full table was sent: what it no longer holds stays. */
  readonly replaced: readonly string[]
  /** Why and on which line the stream broke; what is counted above was committed before. */
  readonly broken: string | undefined
}

interface Stream {
  readonly name: string
  readonly mapping: Mapping
  readonly parts: ImportSummary[]
  /** Records that are not committed yet, and their lines. */
  held: { readonly line: number; readonly text: string }[]
}

const COMMIT_RECORDS = 10_000
const MOST_HELD_CHARACTERS = 64 * 1024 * 1024

/**
 * Imports the messages of a Singer tap. Records wait in memory and are committed at the first STATE after `commitRecords` of
 * them, and at the end, each stream as if it were a file of JSON Lines; then the STATE is handed on. So a tap that
 * is started again with the last STATE repeats what was not committed, and rows that come again under their ids change nothing.
 */
export async function importSinger(
  pool: Pool,
  input: AsyncIterable<Buffer>,
  options: SingerOptions,
): Promise<SingerSummary> {
  const { by, onState, commitRecords = COMMIT_RECORDS } = options
  const streams = new Map<string, Stream>()
  const passedOver = new Map<string, { stream: string; records: number; reason: string }>()
  const replaced = new Set<string>()
  let line = 0
  let held = 0
  let characters = 0
  let state: string | undefined

  const commit = async () => {
    for (const stream of inOrder(streams.values())) await commitStream(pool, stream, options)
    held = 0
    characters = 0
  }
  const handOn = () => {
    if (state !== undefined && !options.dryRun) onState(state)
    state = undefined
  }
  const declare = (name: string) => {
    if (streams.has(name) || passedOver.has(name)) return
    const found = mappingOfStream(name, by)
    if (found.kind === 'passed-over') passedOver.set(name, { stream: name, records: 0, reason: found.reason })
    else if ('mapping' in by && streams.size > 0) refuseSecond(name, [...streams.keys()])
    else streams.set(name, { name, mapping: found.mapping, parts: [], held: [] })
  }
  const take = (name: string, record: Readonly<Record<string, unknown>>): string | undefined => {
    const ignored = passedOver.get(name)
    const stream = streams.get(name)
    if (ignored) ignored.records += 1
    if (!stream) return ignored ? undefined : `RECORD of ${name} comes before its SCHEMA`
    const text = JSON.stringify(ownCells(record))
    stream.held.push({ line, text })
    held += 1
    characters += text.length
    return undefined
  }
  const summary = (broken: string | undefined): SingerSummary => ({
    streams: [...streams.values()].flatMap(({ name, mapping, parts }) => sumOfParts(name, mapping.kind, parts) ?? []),
    passedOver: [...passedOver.values()],
    replaced: [...replaced],
    broken:
      broken && `line ${line}: ${broken}; ${held} records before it were not stored: the next run brings them again`,
  })

  for await (const text of readLines(input)) {
    line += 1
    if (text.trim() === '') continue
    options.signal?.throwIfAborted()
    const message = readMessage(text)
    if (message.type === 'broken') return summary(message.reason)
    if (message.type === 'SCHEMA') declare(message.stream)
    if (message.type === 'ACTIVATE_VERSION') replaced.add(message.stream)
    if (message.type === 'RECORD') {
      const problem = take(message.stream, message.record)
      if (problem !== undefined) return summary(problem)
    }
    if (message.type === 'STATE') {
      state = message.value
      if (held >= commitRecords) await commit()
      if (held === 0) handOn()
    }
    if (held >= 5 * commitRecords || characters > MOST_HELD_CHARACTERS) {
      await commit()
      handOn()
    }
  }
  await commit()
  handOn()
  return summary(undefined)
}

async function commitStream(pool: Pool, stream: Stream, options: SingerOptions): Promise<void> {
  const records = stream.held
  const [first, last] = [records[0], records.at(-1)]
  stream.held = []
  if (!first || !last) return
  const { by, onState: _onState, commitRecords: _commitRecords, ...common } = options
  await withSpool('records.jsonl', async (spool) => {
    await spool.write(records.map(({ text }) => `${text}\n`).join(''))
    const part = await importFiles(pool, {
      ...common,
      kind: stream.mapping.kind,
      mapping: stream.mapping,
      isPreset: 'preset' in by && by.preset !== undefined,
      // Each part has rejects of its own, which the next part does not replace.
      files: [
        { path: spool.path, name: `${stream.name}.${first.line}-${last.line}`, lines: records.map(({ line }) => line) },
      ],
    })
    stream.parts.push(part)
  })
}

/** What ties others together comes after them. */
function inOrder(streams: Iterable<Stream>): readonly Stream[] {
  const places: readonly string[] = IMPORT_KINDS
  return [...streams].toSorted((one, other) => places.indexOf(one.mapping.kind) - places.indexOf(other.mapping.kind))
}

function refuseSecond(name: string, known: readonly string[]): never {
  throw new AppError(
    'ImportRefused',
    `the tap sends several streams (${[...known, name].join(', ')}), and one mapping is given for all: select one stream in the tap, or let each find its own by its name, without --kind and --mapping`,
  )
}
