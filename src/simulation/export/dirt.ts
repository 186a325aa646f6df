import { createRandom, type Random } from '../../core/base/random.ts'
import { ageInDays, type Instant, instantPlusDays, parseInstant } from '../../core/base/time.ts'
import { cellText, csvLine } from './csv-lines.ts'
import { ACCOUNT_DIRT, ENRICHMENT_FILE, ROW_DIRT, type RowDirtKind } from './dirt-kinds.ts'
import { misspell, type TextRow } from './dirt-makers.ts'
import { INDUSTRIES } from '../company/profile-tables.ts'
import { type SimulatedTables, TABLES } from './rows.ts'
import { between, chance } from '../process/sampling.ts'

export interface DirtOptions {
  /** In [0, 1]: every rate of the table is multiplied by it. */
  readonly dirt: number
  readonly seed: number | string
  /** The first instant of the world, and the first after it. */
  readonly start: Instant
  readonly end: Instant
}

/** So many items of one kind of dirt in one file, and by how many records (never blank lines) the file is longer for it. */
export interface MadeDirt {
  readonly file: string
  readonly kind: string
  readonly items: number
  readonly records: number
}

export interface SoiledAccount {
  /** Lines by the name of the file, without header and line breaks. */
  readonly lines: Readonly<Record<string, readonly string[]>>
  readonly made: readonly MadeDirt[]
}

export const IMPORTED_TABLES = (Object.keys(TABLES) as (keyof typeof TABLES)[]).filter(
  (
    table,
  ): table is Exclude<
    keyof SimulatedTables,
    'accountMonths' | 'opportunityTruths' | 'interventions' | 'peopleTruths'
  > => table !== 'spend' && table !== 'rates' && !TABLES[table].file.startsWith('truth/'),
)

/**
 * The files of one account as a data team would get them. The dirt has a random stream of its own, so that the facts are
 * those of the clean world.
 */
export function soilAccount(tables: SimulatedTables, options: DirtOptions): SoiledAccount {
  const random = createRandom(`${options.seed}/dirt/${tables.accounts[0]?.external_id}`)
  const made: MadeDirt[] = []
  const whole = soilWholeAccount(random, tables, options, made)
  const lines: Record<string, readonly string[]> = { [ENRICHMENT_FILE]: whole.enrichment.map(lineOf) }
  let ids = 0
  const newId = () => `${tables.accounts[0]?.external_id}-X${(ids += 1)}`
  for (const table of IMPORTED_TABLES) {
    const { file } = TABLES[table]
    const rows = whole.rows[file] ?? tables[table].map(textRow)
    lines[file] = rows.flatMap((row) => {
      // One draw for each row, so that most rows cost nothing else and no row gets two kinds.
      const kind = whole.domainIsShared ? undefined : pickKind(file, random.next() / options.dirt)
      const later = (instant: string, days: readonly [number, number]) => laterThan(random, instant, days, options.end)
      const soiled = kind && ROW_DIRT[kind]?.make({ random, file, row, later, newId })
      if (!kind || !soiled) return lineOf(row)
      const written = soiled.map(lineOf)
      made.push({ file, kind, items: 1, records: written.filter((line) => line !== '').length - 1 })
      return written
    })
  }
  return { lines, made }
}

/** Every kind of dirt, and how many items of it are in which file: adds up what `soilAccount` made. */
export function createDirtReport(dirt: number) {
  const made: Record<string, Record<string, { readonly items: number; readonly records_added: number }>> = {}
  const kinds = Object.entries({ ...ROW_DIRT, ...ACCOUNT_DIRT }).map(([kind, { what, files, rate, outcome }]) => {
    return [kind, { what, files, rate, import: outcome }] as const
  })
  return {
    add: (items: readonly MadeDirt[]) => {
      for (const { file, kind, items: more, records } of items) {
        const counts = (made[file] ??= {})
        const { items = 0, records_added = 0 } = counts[kind] ?? {}
        counts[kind] = { items: items + more, records_added: records_added + records }
      }
    },
    report: () => ({ dirt, kinds: Object.fromEntries(kinds), made }),
  }
}

function pickKind(file: string, draw: number): string | undefined {
  let left = draw
  for (const [kind, rate] of kindsOf(file)) {
    left -= rate
    if (left < 0) return kind
  }
  return undefined
}

const KINDS_BY_FILE = new Map<string, readonly (readonly [string, number])[]>()

function kindsOf(file: string): readonly (readonly [string, number])[] {
  const all: readonly [string, RowDirtKind][] = Object.entries(ROW_DIRT)
  const kinds =
    KINDS_BY_FILE.get(file) ??
    all.flatMap(([kind, { files, rate }]) => (files.includes(file) ? [[kind, rate] as const] : []))
  KINDS_BY_FILE.set(file, kinds)
  return kinds
}

interface WholeAccount {
  readonly enrichment: readonly TextRow[]
  /** Files whose rows are no longer those of the tables. */
  readonly rows: Readonly<Record<string, readonly TextRow[]>>
  /** Its rows then get no other dirt, so that the matched rows can be counted. */
  readonly domainIsShared: boolean
}

function soilWholeAccount(
  random: Random,
  tables: SimulatedTables,
  options: DirtOptions,
  made: MadeDirt[],
): WholeAccount {
  const accounts = tables.accounts.map(textRow)
  const first = accounts[0] ?? {}
  const note = (file: string, kind: keyof typeof ACCOUNT_DIRT, items: number, records: number) => {
    if (items > 0) made.push({ file, kind, items, records })
  }
  const rate = (kind: keyof typeof ACCOUNT_DIRT) => ACCOUNT_DIRT[kind].rate * options.dirt
  // An account without a date is valid for all of the past: then any time is later.
  const knownLater = (days: readonly [number, number]) =>
    first['known_at'] === ''
      ? laterThan(random, options.start, [0, ageInDays(options.end, options.start)], options.end)
      : laterThan(random, first['known_at'] ?? '', days, options.end)
  const [secondAt, enrichedAt, sharedAt] = [knownLater([1, 365]), knownLater([1, 120]), knownLater([1, 120])]
  const rows: Record<string, readonly TextRow[]> = {}
  const enrichment: TextRow[] = []
  if (chance(random, rate('second_account')) && secondAt !== undefined) {
    const external_id = `${first['external_id']}-2`
    rows['accounts'] = [
      ...accounts,
      { ...first, external_id, name: misspell(random, first['name'] ?? ''), domain: '', known_at: secondAt },
    ]
    note('accounts', 'second_account', 1, 1)
    const moves = tables.contacts.map(() => chance(random, ACCOUNT_DIRT.contact_of_second_account.rate))
    rows['contacts'] = tables.contacts
      .map(textRow)
      .map((row, index) => (moves[index] ? { ...row, account_external_id: external_id } : row))
    note('contacts', 'contact_of_second_account', moves.filter(Boolean).length, 0)
  }
  if (chance(random, rate('enriched')) && enrichedAt !== undefined) {
    const [industry, employees] = [otherIndustry(random, first), otherEmployees(random, first)]
    enrichment.push({ ...asVendor(first), industry, employees, known_at: enrichedAt })
    note(ENRICHMENT_FILE, 'enriched', 1, 1)
    note(ENRICHMENT_FILE, 'enriched_industry_differs', Number(industry !== first['industry']), 0)
    note(ENRICHMENT_FILE, 'enriched_employees_differ', Number(employees !== first['employees']), 0)
  }
  const domainIsShared = chance(random, rate('shared_domain')) && sharedAt !== undefined
  if (domainIsShared) {
    const name = misspell(random, first['name'] ?? '')
    enrichment.push({ ...asVendor(first), external_id: `EN-${first['external_id']}`, name, known_at: sharedAt })
    note(ENRICHMENT_FILE, 'shared_domain', 1, 1)
    for (const table of ['activities', 'intentSignals', 'businessEvents'] as const) {
      const lost = tables[table]
        .map(textRow)
        .filter((row) => !row['contact_external_id'] && row['domain'] === first['domain'])
        .filter((row) => (row['occurred_at'] ?? row['observed_at'] ?? '') >= sharedAt)
      note(TABLES[table].file, 'fact_of_shared_domain', lost.length, 0)
    }
  }
  return { enrichment, rows, domainIsShared }
}

/** The second system knows firmographics, and nothing of the rest. */
function asVendor(row: TextRow): TextRow {
  return { ...row, source: 'enrichment', technologies: '', in_crm: '', motion: '' }
}

function otherIndustry(random: Random, row: TextRow): string {
  const others = Object.keys(INDUSTRIES).filter((industry) => industry !== row['industry'])
  const other = random.pick(others)
  return chance(random, ACCOUNT_DIRT.enriched_industry_differs.rate) ? other : (row['industry'] ?? '')
}

function otherEmployees(random: Random, row: TextRow): string {
  const factor = Math.exp(0.35 * random.normal())
  const differs = chance(random, ACCOUNT_DIRT.enriched_employees_differ.rate) && row['employees'] !== ''
  return differs ? String(Math.max(1, Math.round(Number(row['employees']) * factor))) : (row['employees'] ?? '')
}

function textRow(row: object): TextRow {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, cellText(value)]))
}

function lineOf(row: TextRow | string): string {
  return typeof row === 'string' ? row : csvLine(Object.values(row))
}

function laterThan(
  random: Random,
  instant: string,
  [least, most]: readonly [number, number],
  end: Instant,
): Instant | undefined {
  const days = Math.floor(between(random, least, most))
  const from = parseInstant(instant)
  const later = from && instantPlusDays(from, days)
  return later && later < end ? later : undefined
}
