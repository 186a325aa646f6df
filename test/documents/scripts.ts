// What `npx winrate NAME ...` and `npm run NAME -- ...` start, and which options it has by its own --help.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { COMMAND_FILES } from '../../scripts/commands.ts'
import { ROOT } from './read-blocks.ts'
import { run } from './processes.ts'

const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}
const RUN = /^node tools\/run\.mjs (\S+)$/
const WINRATE = 'scripts/winrate.ts'

/** What Node is started with for each command. `check` and `format` start other people's tools. */
export const SCRIPTS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['winrate', [WINRATE]],
  ...[...COMMAND_FILES.keys()].map((name) => [name, [WINRATE, name]] as const),
  ...Object.entries(scripts).flatMap(([name, command]) => {
    const file = RUN.exec(command.replace(/ --project core$/, ''))?.[1]
    return file === undefined ? [] : [[name, [file]] as const]
  }),
])

export interface Invocation {
  readonly name: string
  readonly args: readonly string[]
}

/** `npx winrate NAME ARGS`, `npm run NAME -- ARGS`, `npm start` or `npm test`; undefined: something else. */
export function invocationOf(words: readonly string[]): Invocation | undefined {
  const [first, second = '', ...rest] = words
  if (first === 'npx' && second === 'winrate') {
    const [name = '--help', ...args] = rest
    return name.startsWith('-') ? { name: 'winrate', args: rest } : { name, args }
  }
  if (first !== 'npm') return undefined
  const [called = '', ...after] = second === 'run' ? rest : [second, ...rest]
  const name = called === 'start' ? 'serve' : called
  return { name, args: after[0] === '--' ? after.slice(1) : after }
}

/** `npm run NAME -- ARGS` as the same start of `npx winrate`; any other command as it is. */
export function asWinrate(text: string): string {
  return text.replace(/^npm run (\S+)(?: --(?= ))?/, (whole, name: string) =>
    COMMAND_FILES.has(name) ? `npx winrate ${name}` : whole,
  )
}

export function isKnown(name: string): boolean {
  return SCRIPTS.has(name) || name in scripts
}

export interface Help {
  readonly status: number | null
  readonly text: string
}

/** Of the command and of each of its subcommands, under `name` and `name subcommand`. Whatever starts instead fails. */
export async function readHelp(name: string, subcommand?: string): Promise<ReadonlyMap<string, Help>> {
  const args = [...(SCRIPTS.get(name) ?? []), ...(subcommand === undefined ? [] : [subcommand]), '--help']
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
