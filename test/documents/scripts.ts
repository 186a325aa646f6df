// What `npm run NAME -- ...` starts, and which options it has by its own --help.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from './read-blocks.ts'
import { run } from './processes.ts'

const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}
const RUN = /^node tools\/run\.mjs (\S+)$/

/** By their names in package.json, the file that each starts. `check` and `format` start other people's tools. */
export const SCRIPTS: ReadonlyMap<string, string> = new Map(
  Object.entries(scripts).flatMap(([name, command]) => {
    const file = RUN.exec(command.replace(/ --project core$/, ''))?.[1]
    return file === undefined ? [] : [[name, file] as const]
  }),
)

export interface Invocation {
  readonly name: string
  readonly args: readonly string[]
}

/** `npm run NAME -- ARGS`, `npm start`, `npm test`, or `node scripts/NAME.ts ARGS`; undefined: something else. */
export function invocationOf(words: readonly string[]): Invocation | undefined {
  const [first, second = '', ...rest] = words
  if (first === 'node') {
    const name = [...SCRIPTS].find(([, file]) => file === second)?.[0]
    return name === undefined ? undefined : { name, args: rest }
  }
  if (first !== 'npm') return undefined
  const [name = '', ...after] = second === 'run' ? rest : [second, ...rest]
  return { name, args: after[0] === '--' ? after.slice(1) : after }
}

export function isKnown(name: string): boolean {
  return name in scripts
}

export interface Help {
  readonly status: number | null
  readonly text: string
}

/** Of the command and of each of its subcommands, under `name` and `name subcommand`. Whatever starts instead fails. */
export async function readHelp(name: string, subcommand?: string): Promise<ReadonlyMap<string, Help>> {
  const args = [SCRIPTS.get(name) ?? '', ...(subcommand === undefined ? [] : [subcommand]), '--help']
  const { status, output } = await run(process.execPath, args, {
    env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', COLUMNS: '200' },
  })
  const found = new Map([[subcommand === undefined ? name : `${name} ${subcommand}`, { status, text: output }]])
  if (subcommand !== undefined) return found
  for (const inner of subcommandsOf(output)) for (const [key, help] of await readHelp(name, inner)) found.set(key, help)
  return found
}

/** The names under "Commands:". */
function subcommandsOf(help: string): readonly string[] {
  const [, commands = ''] = /^Commands:\n((?: {2}.*\n?)+)/m.exec(help) ?? []
  return [...commands.matchAll(/^ {2}([a-z][\w-]*)/gm)].flatMap(([, name = '']) => (name === 'help' ? [] : [name]))
}

/** The options that commander lists under "Options:". */
export function optionsOf(help: string): readonly string[] {
  return [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z][\w-]*)/gm)].flatMap(([, option = '']) =>
    option === '--help' ? [] : [option],
  )
}

/** Under which of `keys` the invocation's options are listed. */
export function keyOf({ name, args }: Invocation, keys: ReadonlySet<string>): string {
  const inner = `${name} ${args[0] ?? ''}`
  if (keys.has(inner)) return inner
  return keys.has(`${name} verdict`) ? `${name} verdict` : name
}
