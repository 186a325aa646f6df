import { percent } from '../../../base/percent.ts'
import { dayNumber, dayOf } from '../../../base/time.ts'
import { findRoundness } from '../../leakage/roundness.ts'
import { findSeparation } from '../../leakage/separation.ts'
import { featureOf, presenceOf, type TableFeature } from './features.ts'
import type { ColumnProfile } from './profile.ts'
import type { Roles } from './roles.ts'
import { plainName } from './table.ts'

/** A column that was probably written at or after the close. */
export interface TableLeak {
  readonly column: string
  /** Left out of the fit; a suspect stays in. */
  readonly isLeftOut: boolean
  readonly evidence: string
  /** AUC of the column alone, where that is the evidence. */
  readonly auc: number | null
}

const OUTCOME = '(close[ds]?|closing|closure|won|win|lost|loss|losing|churn(ed)?|cancel+ation|disqualif\\w+)'
const ABOUT =
  '(reason|comments?|notes?|details?|code|category|by|at|on|date|day|time|stage|competitor|to|month|quarter|amount|value|price|status)s?'
/** Names of fields that CRMs fill when a deal closes, or that count up to its close. */
const NAMED_AT_CLOSE: readonly RegExp[] = [
  new RegExp(`\\b${OUTCOME} ${ABOUT}\\b|\\breason\\b.*\\b${OUTCOME}\\b|\\b${ABOUT} (${OUTCOME})$`),
  /^(is |deal |opportunity )?(closed|won|lost|closed won|closed lost)( deal| flag)?$/,
  /\b(days|weeks|months|time|age|hours) (to|until|till|at|before) (the )?(close|closing|closed|won|win|lost|purchase|sale|deal)\b/,
  /\b(sales|deal|opportunity) (cycle|duration|age)( \w+)*$|\bcycle (time|length|days|duration)\b|^duration( days)?$/,
  /\b(contract|invoice|purchase order|po|signature|order) (number|no|nr|id|date|value|amount|total|signed|sent|status)\b|^(contract|invoice)s?$/,
  /(rechnung|vertrag|auftrag|bestell)s?(nummer|nr|betrag|datum|wert|summe|abschluss)|(verlust|absage|ablehnungs|abschluss|gewinn|storno)(grund|gründe|datum|art)|\bdauer bis\b|\btage bis\b/,
  /^(forecast category|forecast( status)?|probability|win probability|wahrscheinlichkeit|abschlusswahrscheinlichkeit|deal probability|hs deal stage probability)$/,
  /^(lead |deal |sales |opportunity |pipeline |last |current |final |hs )*(stage|phase|substatus|status reason)( name)?$|^(deal|opportunity|lead) status$/,
]
const DAYS_TOLERANCE = 1.5
const MOSTLY = 0.95

/** Leaks by what a column is called, by arithmetic with the close, and by how well it tells the outcomes apart. */
export function findLeaks(
  columns: readonly ColumnProfile[],
  roles: Roles,
  won: readonly boolean[],
  ids: readonly string[],
): readonly TableLeak[] {
  const audited = columns.filter(
    ({ name, content }) =>
      content.kind !== 'empty' &&
      content.kind !== 'constant' &&
      name !== roles.date?.column.name &&
      !roles.used.has(name) &&
      !roles.leftOut.some((left) => left.name === name) &&
      name !== roles.id?.column.name &&
      name !== roles.points?.column.name,
  )
  const features = audited.map((profile) => featureOf(profile) ?? presenceOf(profile))
  const found = new Map<string, TableLeak>()
  const add = (leak: TableLeak) => {
    const known = found.get(leak.column)
    if (!known) found.set(leak.column, leak)
    else
      found.set(leak.column, {
        column: leak.column,
        isLeftOut: known.isLeftOut || leak.isLeftOut,
        evidence: `${known.evidence} ${leak.evidence}`,
        auc: known.auc ?? leak.auc,
      })
  }
  for (const leak of [
    ...byContent(features, won, ids),
    ...audited.flatMap((profile) => byName(profile) ?? byDays(profile, roles) ?? []),
  ])
    add(leak)
  return audited
    .flatMap(({ name }) => found.get(name) ?? [])
    .toSorted((a, b) => Number(b.isLeftOut) - Number(a.isLeftOut))
}

function byContent(
  features: readonly TableFeature[],
  won: readonly boolean[],
  ids: readonly string[],
): readonly TableLeak[] {
  const columns = features.map(({ column }) => column)
  const rows = won.map((own, row) => ({
    id: ids[row] ?? '',
    won: own,
    values: features.map(({ values }) => values[row] ?? null),
  }))
  return [...findSeparation(columns, rows), ...findRoundness(columns, rows)].map(
    ({ column, severity, evidence, figures }) => ({
      column,
      isLeftOut: severity === 'critical',
      evidence,
      auc: figures['auc'] ?? null,
    }),
  )
}

function byName({ name, filled, cells }: ColumnProfile): TableLeak | undefined {
  const words = plainName(name)
  if (!NAMED_AT_CLOSE.some((pattern) => pattern.test(words))) return undefined
  const evidence = `${name} is named like a field that is written at the close (filled in ${percent(filled / cells.length)} of the rows).`
  return { column: name, isLeftOut: true, evidence, auc: null }
}

/** A number that equals the days from the creation to the close is known only at the close. */
function byDays({ name, content }: ColumnProfile, { date, closed }: Roles): TableLeak | undefined {
  if (content.kind !== 'number' || !date || !closed) return undefined
  let [known, equal] = [0, 0]
  content.numbers.forEach((number, row) => {
    const [from, to] = [date.content.instants[row], closed.instants[row]]
    if (number === null || !from || !to) return
    known += 1
    if (Math.abs(dayNumber(dayOf(to)) - dayNumber(dayOf(from)) - number) <= DAYS_TOLERANCE) equal += 1
  })
  if (known < 20 || equal < MOSTLY * known) return undefined
  const evidence = `${name} equals the days from ${date.column.name} to the close in ${percent(equal / known)} of the rows.`
  return { column: name, isLeftOut: true, evidence, auc: null }
}
