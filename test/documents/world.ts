// The world in which the documents are played: a simulated company, the service and the worker of its database, and the ids
// in earlier answers.
import { hurryChildren } from '../support/children/hurry.ts'
import { until } from '../support/until.ts'

/** Far beyond what a training takes on a busy machine. */
const LONGEST_TRAINING_MS = 20 * 60_000

export interface World {
  /** Of every command. */
  readonly settings: Record<string, string>
  /** For what the commands write. */
  readonly folder: string
  /** The company's exported files. */
  readonly company: string
  readonly webhookUrl: string
  /** Where the service listens, and its first key: known once it has been started. */
  base: string
  key: string
  /** All that was answered or printed, in order. */
  readonly answers: string[]
  /** External ids that no other command uses. */
  readonly spare: string[]
  /** The process ids of the workers that stay. */
  readonly workers: (number | undefined)[]
}

type Find = (world: World) => string | Promise<string>

/** Placeholders of the documents, and where their values are found. */
const PLACEHOLDERS: readonly (readonly [RegExp, Find])[] = [
  [/http:\/\/127\.0\.0\.1:3000/g, ({ base }) => base],
  [/\bwrk_…/g, ({ key }) => key],
  [/https:\/\/crm\.example\.com\/hooks\/winrate/g, ({ webhookUrl }) => webhookUrl],
  [/\b4711\b/g, (world) => worked(world).id],
  [/\b0015g00000XyZab\b/g, (world) => worked(world).externalId],
  [/(?<=\/training-runs\/)12\b/g, (world) => newest(world, /"training_run_id":(\d+)/g)],
  [/\bm-0f1e2d3c4b5a6978\b/g, learnedOverRest],
  [/\bm-a63f550993ced831\b/g, (world) => newest(world, /Trained (m-[0-9a-f]{16}) on/g)],
  [/\bCHAMPION\b/g, champion],
  [/\bVERSION\b/g, (world) => newest(world, /\b(m-[0-9a-f]{16})\b/g)],
  [/\b(?:k3x9v0q2m1za|KEY_ID)\b/g, (world) => newest(world, /(?:"key_id":"|\(id )(\w{12})/g)],
  [/\bACCOUNT\b/g, () => 'A000002'],
  [/\b(?:DAY|INSTANT)\b/g, () => daysAgo(90)],
  [/\bFOUR_MONTHS_AGO\b/g, () => daysAgo(125)],
  [/\bNOW\b/g, () => new Date().toISOString()],
  [/(?<=\s)F$/g, () => 'models/playbook.json'],
  [/\bWAREHOUSE\b/g, ({ settings }) => settings['DATABASE_URL'] ?? ''],
  [/\bDIR\b/g, ({ company }) => company],
  [/(?<=\s)(?=(?:exports|\w+-models)\b)/g, ({ folder }) => `${folder}/`],
  [/\bOUT\b/g, ({ folder }) => `${folder}/simulated`],
  [
    /(?<=\s)(?=(?:accounts\.csv|companies\.csv|deals\.csv|Opportunity\.csv|events\.csv\.gz|events\.jsonl)\b)/g,
    ({ company }) => `${company}/`,
  ],
  [/(?<=\s)(?=\w+\.(?:html|json|csv|xlsx)(?:\s|$))/g, ({ folder }) => `${folder}/`],
]

/** The command with its placeholders replaced; each `EXTERNAL_ID` is another account. */
export async function filledIn(text: string, world: World): Promise<string> {
  let filled = text
  for (const [pattern, find] of PLACEHOLDERS) {
    if (filled.search(pattern) < 0) continue
    const value = await find(world)
    filled = filled.replaceAll(pattern, () => value)
  }
  return filled.replaceAll(/\bEXTERNAL_ID\b/g, () => world.spare.pop() ?? 'no account is left')
}

/** Of the newest list that was not empty, the first account. */
function worked({ answers }: World): { readonly id: string; readonly externalId: string } {
  for (const answer of answers.toReversed()) {
    const [, id, externalId] = /"accounts":\[\{"account_id":(\d+),"external_id":"([^"]+)"/.exec(answer) ?? []
    if (id !== undefined && externalId !== undefined) return { id, externalId }
  }
  throw new Error('no list of qualified accounts has been answered yet')
}

function newest({ answers }: World, pattern: RegExp): string {
  for (const answer of answers.toReversed()) {
    const last = [...answer.matchAll(pattern)].at(-1)?.[1]
    if (last !== undefined) return last
  }
  throw new Error(`no answer holds ${String(pattern)} yet`)
}

async function learnedOverRest(world: World): Promise<string> {
  await trainingsEnded(world)
  const { training_runs: runs } = (await ask(world, '/v1/training-runs')) as {
    readonly training_runs: readonly { readonly state: string; readonly version: string | null }[]
  }
  const version = runs.find(({ state }) => state === 'succeeded')?.version
  if (version === undefined || version === null) throw new Error(`no training succeeded: ${JSON.stringify(runs)}`)
  return version
}

/** Only one training runs at a time: a command that starts another waits. */
export async function trainingsEnded(world: World): Promise<void> {
  const haveEnded = async () => {
    const answer = JSON.stringify(await ask(world, '/v1/training-runs'))
    if (!/"state":"(?:queued|running)"/.test(answer)) return true
    for (const worker of world.workers) await hurryChildren(worker)
    return false
  }
  await until('no training run is queued or running', haveEnded, LONGEST_TRAINING_MS)
}

async function champion(world: World): Promise<string> {
  return ((await ask(world, '/v1/models/champion')) as { readonly version: string }).version
}

async function ask({ base, key }: World, target: string): Promise<unknown> {
  const answer = await fetch(`${base}${target}`, { headers: { authorization: `Bearer ${key}` } })
  return await answer.json()
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
}
