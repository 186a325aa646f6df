// Tables of deals whose truth is known, made by code that shares nothing with the simulated company.

export interface MadeRow {
  readonly [column: string]: string
}

export interface MadeTable {
  readonly header: readonly string[]
  readonly rows: readonly MadeRow[]
}

export interface Making {
  readonly seed: number
  readonly rows?: number
  /** Log-odds of a win by the fit of a deal; 0 everywhere is pure noise. */
  readonly strength?: number
  readonly winRate?: number
  readonly dated?: boolean
}

/** Mulberry32. */
export function dice(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const INDUSTRIES = ['Software', 'Banking', 'Retail', 'Machinery', 'Health']
const SOURCES = ['Web', 'Event', 'Partner', 'Cold call']
const REGIONS = ['DACH', 'Nordics', 'UK', 'France']

/** Deals with five columns that may matter, a key, and a status. */
export function madeDeals({ seed, rows: count = 400, strength = 1, winRate = 0.4, dated = false }: Making): MadeTable {
  const roll = dice(seed)
  const pick = (items: readonly string[]) => items[Math.floor(roll() * items.length)] as string
  const rows = Array.from({ length: count }, (_, index): MadeRow => {
    const employees = Math.round(Math.exp(2 + 6 * roll()))
    const [industry, source, region] = [pick(INDUSTRIES), pick(SOURCES), pick(REGIONS)]
    const budget = roll() < 0.2 ? '' : roll() < 0.5 ? 'Yes' : 'No'
    const effect =
      (industry === 'Software' ? 1 : 0) -
      (source === 'Cold call' ? 1 : 0) +
      (budget === 'Yes' ? 0.8 : 0) +
      (Math.log(employees) - 5) / 4
    const logOdds = Math.log(winRate / (1 - winRate)) + strength * (effect - 0.35)
    const won = roll() < 1 / (1 + Math.exp(-logOdds))
    const created = new Date(Date.UTC(2023, 0, 1) + Math.floor(roll() * 900) * 86_400_000)
    return {
      'Deal ID': `D-${String(Math.floor(roll() * 1e9)).padStart(9, '0')}-${index}`,
      ...(dated && { 'Create Date': created.toISOString().slice(0, 10) }),
      Industry: industry,
      Employees: String(employees),
      'Lead Source': source,
      Region: region,
      'Budget Confirmed': budget,
      Status: won ? 'Closed Won' : 'Closed Lost',
    }
  })
  return { header: Object.keys(rows[0] ?? {}), rows }
}

/** With one more column, made of each row and its place. */
export function withColumn(
  { header, rows }: MadeTable,
  name: string,
  valueOf: (row: MadeRow, index: number) => string,
): MadeTable {
  return { header: [...header, name], rows: rows.map((row, index) => ({ ...row, [name]: valueOf(row, index) })) }
}

export function isWon(row: MadeRow): boolean {
  return row['Status'] === 'Closed Won'
}

/** As a spreadsheet writes it. */
export function csvOf({ header, rows }: MadeTable, delimiter = ','): string {
  const cell = (text: string) => (/[",;\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return [header, ...rows.map((row) => header.map((name) => row[name] ?? ''))]
    .map((cells) => cells.map(cell).join(delimiter))
    .join('\n')
}
