// Plays the documents: every command line and every call, in order, in processes of their own.
import path from 'node:path'
import { type DocumentedCommand, ROOT, wordsOf } from './read-blocks.ts'
import { type Ended, run, type Staying, startUntil } from './processes.ts'
import { asWinrate, type Invocation, invocationOf, SCRIPTS } from './scripts.ts'
import { BODY_INSTEAD, INSTEAD } from './smaller.ts'
import { filledIn, trainingsEnded, type World } from './world.ts'

export interface Played {
  readonly what: 'command' | 'call'
  readonly where: string
  readonly text: string
  readonly seconds: number
  readonly invocation?: Invocation
  /** Undefined when the result is as documented. */
  readonly fault?: string
}

type Line = Omit<DocumentedCommand, 'notPlayed'>

/** Commands that run until they are stopped, and what they print when they are ready. */
const STAYS: Readonly<Record<string, RegExp>> = {
  demo: /listens on \S+,/,
  serve: /listens on \S+,/,
  worker: /worker started/,
  'write-back': /done \{/,
}
/** These may exit with another status on a small company. */
const ALSO_FINE: Readonly<Record<string, readonly number[]>> = { readiness: [2] }
const ASKS_FOR_TRAINING = /days\.ts|(?: -d | -X POST ).*\/v1\/training-runs$/
const SHOWN = 1500
/** These bring a database of their own, or need none, and so may be played beside the others. */
const APART = new Set(['bench', 'fuzz', 'chaos', 'study', 'people-study', 'simulate', 'example', 'try'])

export function isApart({ text }: Line): boolean {
  return APART.has(invocationOf(wordsOf(text))?.name ?? '')
}

export interface Player {
  play(line: Line): Promise<Played>
  /** Stops the service and the worker. */
  stop(): Promise<readonly Played[]>
}

export function createPlayer(world: World): Player {
  const staying: { readonly line: Line; readonly invocation: Invocation; readonly process: Staying }[] = []
  const play = async (line: Line): Promise<Played> => {
    const began = performance.now()
    const where = `${line.file}:${line.line}`
    const text = INSTEAD[asWinrate(line.text)]?.command ?? line.text
    if (ASKS_FOR_TRAINING.test(text)) await trainingsEnded(world)
    const what = text.startsWith('curl ') ? 'call' : 'command'
    const done = (outcome: Pick<Played, 'invocation' | 'fault'>): Played => {
      const seconds = (performance.now() - began) / 1000
      return { what, where, text: line.text, seconds, ...outcome }
    }
    try {
      return done(what === 'call' ? await call(line, text, world) : await command(line, text))
    } catch (error) {
      return done({ fault: error instanceof Error ? error.message : String(error) })
    }
  }
  const command = async (line: Line, text: string): Promise<Pick<Played, 'invocation' | 'fault'>> => {
    const filled = await filledIn(text, world)
    const invocation = invocationOf(wordsOf(filled))
    if (!invocation) return resultOf(filled, await inShell(filled, line.file, world))
    const start = SCRIPTS.get(invocation.name)
    if (start === undefined)
      throw new Error(`${invocation.name} is no command of winrate and no script of package.json`)
    const options = { env: world.settings }
    const ready = invocation.args.some((word) => ['--once', '--exit'].includes(word))
      ? undefined
      : STAYS[invocation.name]
    if (!ready) {
      const ended = await run(process.execPath, [...start, ...invocation.args], options)
      world.answers.push(ended.output)
      return { invocation, ...resultOf(filled, ended, ALSO_FINE[invocation.name]) }
    }
    const process_ = await startUntil(ready, process.execPath, [...start, ...invocation.args], options)
    world.answers.push(process_.output)
    const isFirst = !staying.some(({ invocation: { name } }) => name === invocation.name)
    if (isFirst && ['demo', 'worker'].includes(invocation.name)) {
      staying.push({ line, invocation, process: process_ })
      if (invocation.name === 'demo') beginWith(process_.output, world)
      else world.workers.push(process_.pid)
      return { invocation }
    }
    return { invocation, ...resultOf(filled, await process_.stop()) }
  }
  const stop = async () => {
    const ended: Played[] = []
    for (const { line, invocation, process: stayed } of staying.toReversed()) {
      const fault = resultOf(line.text, await stayed.stop())
      ended.push({
        what: 'command',
        where: `${line.file}:${line.line}`,
        text: `stopping ${invocation.name}`,
        seconds: 0,
        ...fault,
      })
    }
    return ended
  }
  return { play, stop }
}

/** From here on everything is about the demo's company. */
function beginWith(output: string, world: World): void {
  world.base = /listens on (\S+),/.exec(output)?.[1] ?? ''
  world.key = /wrk_\S+/.exec(output)?.[0] ?? ''
  const url = new URL(world.settings['DATABASE_URL'] ?? '')
  url.pathname = '/winrate_demo'
  world.settings['DATABASE_URL'] = url.href
}

async function inShell(text: string, file: string, { folder, key, base, settings }: World): Promise<Ended> {
  const env = { ...settings, KEY: key, WINRATE_API_KEY: key, WINRATE_URL: base, WINRATE_ACTOR: 'Robin' }
  const cwd = text.startsWith('curl ') ? folder : path.join(ROOT, path.dirname(file))
  return await run('bash', ['-c', text], { cwd, env })
}

function resultOf(text: string, { status, output }: Ended, alsoFine: readonly number[] = []): Pick<Played, 'fault'> {
  if (status === 0 || (status !== null && alsoFine.includes(status))) return {}
  return { fault: `${text}\nended with ${String(status)}:\n${output.slice(-SHOWN)}` }
}

const STATUS = /\n<(\d{3})>$/

async function call({ sample = '' }: Line, text: string, world: World): Promise<Pick<Played, 'fault'>> {
  const body = Object.entries(BODY_INSTEAD).reduce(
    (changed, [from, { command }]) => changed.replace(from, command),
    text,
  )
  const filled = await filledIn(body, world)
  // To a file where the document says so, with the status beside it.
  const asked = filled.replace(/^curl /, `curl -sS -w '%{stderr}\\n<%{http_code}>' `)
  const { status, output } = await inShell(asked, '.', world)
  world.answers.push(output)
  const answered = Number(STATUS.exec(output)?.[1] ?? 0)
  const isDone = status === 0 && ((answered >= 200 && answered < 300) || answered === 304)
  if (isDone) {
    const unlike = membersOf(withoutEmptyLists(sample, output)).filter((member) => !output.includes(member))
    return unlike.length === 0
      ? {}
      : { fault: `the document shows ${unlike.join(' ')}, which the answer lacks:\n${output}` }
  }
  return { fault: `${filled}\nanswered ${answered}:\n${output.slice(-SHOWN)}` }
}

/** The sample without the lists that this answer has empty: what their items hold cannot be compared. */
function withoutEmptyLists(sample: string, output: string): string {
  const empty = [...output.matchAll(/"(\w+)":\[\]/g)].map(([, name = '']) => name)
  return empty.reduce(
    (text, name) => text.replaceAll(new RegExp(`"${name}":\\[[^\\]]*\\]`, 'g'), `"${name}":[]`),
    sample,
  )
}

/** Of the answer that a document shows, each name, and whether a list or an object stands under it. */
function membersOf(sample: string): readonly string[] {
  return [...new Set(sample.match(/"\w+":[[{]?/g) ?? [])]
}
