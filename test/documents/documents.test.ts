// The documents, played: whatever they tell a reader to type does what they say. Prints what was played and what was not.
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEmptyDatabase, type TestDatabase } from '../support/server/database.ts'
import { csvOf, madeDeals } from '../core/evaluation/table/made-tables.ts'
import { type StandIn, startDynamics, startHubspot, startSalesforce } from '../support/crm.ts'
import { parentFolder } from '../support/server/private-folder.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { ALONE, LAST, ON_THE_COMPANY } from './more-commands.ts'
import { createPlayer, isApart, type Played, type Player } from './play.ts'
import { run } from './processes.ts'
import {
  type DocumentedCommand,
  documents,
  inlineCommands,
  linesOfCommands,
  readCommands,
  readDocument,
  ROOT,
  wordsOf,
} from './read-blocks.ts'
import { asWinrate, type Help, invocationOf, isKnown, keyOf, optionsOf, readHelp, SCRIPTS } from './scripts.ts'
import { BODY_INSTEAD, INSTEAD, NOT_USED } from './smaller.ts'
import type { World } from './world.ts'

const LONGEST_MS = 60 * 60_000

const texts = new Map(documents().map((file) => [file, readDocument(file)]))
const commands = [...texts].flatMap(([file, text]) => readCommands(file, text)).map(withoutClient)
const helps = new Map<string, Help>()
const played: Played[] = []
let database: TestDatabase
let crms: readonly StandIn[] = []
let receiver: Receiver
let folder: string

beforeAll(async () => {
  database = await createEmptyDatabase()
  receiver = await startReceiver()
  folder = await mkdtemp(path.join(parentFolder, 'winrate-documents-'))
  const world = await prepare()
  crms = await Promise.all([startHubspot(world.ids), startSalesforce(), startDynamics()])
  Object.assign(world.settings, settingsOf(crms))
  const player = createPlayer(world)
  const apart = createPlayer({ ...world, settings: { ...world.settings }, answers: [] })
  const toPlay = commands.filter(({ notPlayed }) => notPlayed === undefined)
  const inOrder = [...toPlay.filter((line) => !isApart(line)), ...more(ON_THE_COMPANY)]
  const beside = [...toPlay.filter(isApart), ...more(ALONE)]
  const inOneLane = async (by: Player, lines: readonly DocumentedCommand[]) => {
    for (const line of lines) {
      const one = await by.play(line)
      played.push(one)
      if (one.fault !== undefined) console.error(`${one.where}: ${one.fault}`)
    }
  }
  await Promise.all([inOneLane(player, inOrder), readHelps().then(async () => inOneLane(apart, beside))])
  played.push(...(await player.stop()))
  await inOneLane(apart, more(LAST))
}, LONGEST_MS)

afterAll(async () => {
  printSummary()
  for (const crm of crms) await crm.close()
  await receiver?.close()
  await database?.drop()
  await rm(folder, { recursive: true, force: true })
})

/** The example client is not committed: `npx winrate client` generates it. */
function withoutClient(command: DocumentedCommand): DocumentedCommand {
  const isGenerated = existsSync(path.join(ROOT, 'examples/client/generated'))
  if (isGenerated || !command.text.endsWith('node days.ts')) return command
  return { ...command, notPlayed: '`npx winrate client` has not generated examples/client/generated' }
}

function settingsOf([hubspot, salesforce, dynamics]: readonly StandIn[]): Record<string, string> {
  return {
    HUBSPOT_URL: hubspot?.origin ?? '',
    HUBSPOT_ACCESS_TOKEN: 'secret-token',
    SALESFORCE_URL: salesforce?.origin ?? '',
    SALESFORCE_CLIENT_ID: 'client',
    SALESFORCE_CLIENT_SECRET: 'client-secret',
    DYNAMICS_URL: dynamics?.origin ?? '',
    DYNAMICS_LOGIN_URL: dynamics?.origin ?? '',
    DYNAMICS_TENANT_ID: 'tenant',
    DYNAMICS_CLIENT_ID: 'client',
    DYNAMICS_CLIENT_SECRET: 'client-secret',
  }
}

/** The exports of the company that the demo simulates, and the files that the documents speak of. */
async function prepare(): Promise<World & { readonly ids: readonly string[] }> {
  const company = path.join(folder, 'company')
  const today = new Date().toISOString().slice(0, 10)
  const size = ['--accounts', '1000', '--end', today, '--seed', '1']
  const { status, output } = await run(process.execPath, ['scripts/winrate.ts', 'simulate', '--out', company, ...size])
  expect(status, output).toBe(0)
  await mkdir(path.join(folder, 'simulated'))
  const ids = (await readFile(path.join(company, 'accounts.csv'), 'utf8')).match(/^A\d{6}(?=,)/gm) ?? []
  await writeFile(path.join(company, 'events.jsonl'), `${JSON.stringify(ACTIVITY)}\n`)
  await writeFile(path.join(folder, 'activities.jsonl'), `${JSON.stringify(ACTIVITY)}\n`)
  for (const file of ['companies.csv', 'deals.csv'])
    await cp(path.join(ROOT, 'test/fixtures/hubspot', file), path.join(company, file))
  await writeFile(path.join(company, 'Opportunity.csv'), OPPORTUNITY)
  await cp(path.join(ROOT, 'test/fixtures/hubspot'), path.join(folder, 'exports'), { recursive: true })
  await writeFile(path.join(company, 'events.csv.gz'), gzipSync(EVENTS))
  await writeFile(path.join(folder, 'table.csv'), csvOf(madeDeals({ seed: 1, dated: true })))
  await cp(path.join(ROOT, 'test/fixtures/workbooks/accounts.xlsx'), path.join(folder, 'accounts.xlsx'))
  await writeFile(path.join(folder, 'list.csv'), 'account_external_id,month\nA000002,2025-08\n')
  return {
    settings: { DATABASE_URL: database.url, PORT: '0', WEBHOOK_LOOPBACK: receiver.place },
    folder,
    company,
    webhookUrl: receiver.url,
    base: '',
    key: '',
    answers: [],
    workers: [],
    ids: [...new Set(ids)],
    spare: [...new Set(ids)].slice(-10),
  }
}

const ACTIVITY = {
  source: 'website',
  source_id: 'v-9',
  kind: 'pricing_page_visit',
  initiated_by: 'buyer',
  occurred_at: '2026-03-02T09:12:00Z',
  domain: 'acme.com',
}
const EVENTS = 'case_id,activity,lifecycle,timestamp,resource\nA000002,W_Call,COMPLETE,2026-01-02T09:00:00Z,1\n'
const OPPORTUNITY = `Id,AccountId,Type,LeadSource,Amount,StageName,CreatedDate,CloseDate,IsClosed,IsWon,CurrencyIsoCode
0065g00000A,A000002,New Business,Web,1000,Prospecting,2026-01-02T00:00:00.000Z,2026-06-30,false,false,USD
`

function more(lines: readonly string[]): readonly DocumentedCommand[] {
  return lines.map((text, index) => ({ file: 'test/documents/more-commands.ts', line: index + 1, text }))
}

async function readHelps(): Promise<void> {
  for (const name of SCRIPTS.keys()) for (const [key, help] of await readHelp(name)) helps.set(key, help)
}

function usedOptions(): ReadonlyMap<string, ReadonlySet<string>> {
  const used = new Map<string, Set<string>>()
  for (const { invocation } of played) {
    if (!invocation) continue
    const key = keyOf(invocation, new Set(helps.keys()))
    const options = used.get(key) ?? new Set()
    for (const word of invocation.args) if (word.startsWith('--')) options.add(word.split('=')[0] ?? '')
    used.set(key, options)
  }
  return used
}

function printSummary(): void {
  const count = (what: Played['what']) => played.filter((one) => one.what === what).length
  const options = [...helps.values()].reduce((sum, { text }) => sum + optionsOf(text).length, 0)
  const faults = played.filter(({ fault }) => fault !== undefined).length
  const slowest = played.toSorted((one, other) => other.seconds - one.seconds).slice(0, 12)
  const lines = [
    `documents: ${count('command')} commands and ${count('call')} calls played, ${faults} refused; ${helps.size} times --help, ${options} options`,
    ...commands.flatMap(({ file, line, text, notPlayed }) =>
      notPlayed === undefined ? [] : [`  not played: ${file}:${line}: ${text.slice(0, 80)}: ${notPlayed}`],
    ),
    ...Object.entries(INSTEAD).map(([text, { command, why }]) => `  played smaller: ${text}: ${command} (${why})`),
    ...Object.entries(NOT_USED).map(([option, why]) => `  not used: ${option}: ${why}`),
    ...slowest.map(({ seconds, text }) => `  ${seconds.toFixed(1).padStart(6)} s  ${text.slice(0, 100)}`),
  ]
  console.log(lines.join('\n'))
}

describe('the documents', () => {
  it('have no command that fails', () => {
    const faults = played.flatMap(({ where, fault }) => (fault === undefined ? [] : [`${where}: ${fault}`]))
    expect(faults.join('\n\n')).toBe('')
    expect(played.length).toBeGreaterThan(80)
  })

  it('have every command in a played block', () => {
    for (const [file, text] of texts) {
      const read = new Set(commands.filter((command) => command.file === file).map(({ line }) => line))
      const first = linesOfCommands(text)
      expect({ file, commands: read.size }).toEqual({ file, commands: first.length })
    }
  })

  it('name only existing scripts and options in their prose', () => {
    const known = new Set(helps.keys())
    for (const [file, text] of texts) {
      for (const inline of inlineCommands(text)) {
        const invocation = invocationOf(wordsOf(inline))
        expect(invocation && isKnown(invocation.name), `${file}: ${inline}`).toBe(true)
        if (!invocation || !SCRIPTS.has(invocation.name) || invocation.name.startsWith('test')) continue
        const options = optionsOf(helps.get(keyOf(invocation, known))?.text ?? '')
        for (const word of invocation.args.filter((one) => one.startsWith('--') && one !== '--help'))
          expect(options, `${file}: ${inline}`).toContain(word)
      }
    }
  })

  it('are shortened only for commands that they contain', () => {
    const known = new Set(commands.map(({ text }) => asWinrate(text)))
    expect(Object.keys(INSTEAD).filter((text) => !known.has(text))).toEqual([])
    expect(Object.keys(BODY_INSTEAD).filter((body) => ![...known].some((text) => text.includes(body)))).toEqual([])
  })
})

describe('every script', () => {
  it('prints its usage on --help, and does nothing else', () => {
    const wrong = [...helps].filter(([, { status, text }]) => status !== 0 || !/^Usage: |options/m.test(text))
    expect(wrong.map(([name, { text }]) => `${name}: ${text.slice(0, 300)}`)).toEqual([])
    expect(helps.size).toBeGreaterThan(30)
  })

  it('has each of its options played', () => {
    const used = usedOptions()
    const unused = [...helps].flatMap(([key, { text }]) =>
      optionsOf(text).flatMap((option) => (used.get(key)?.has(option) ? [] : [`${key} ${option}`])),
    )
    expect(unused.toSorted()).toEqual(Object.keys(NOT_USED).toSorted())
  })
})
