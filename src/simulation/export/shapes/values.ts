import type { Instant } from '../../../core/base/time.ts'

/** A value of a record, before a shape writes it in its own way. `instant` and `day` are written in the zone of the export. */
export type Value =
  | string
  | number
  | boolean
  | null
  | { readonly instant: Instant | null }
  | { readonly day: Instant | null }
  /** Of a list of choices: what the system stores, and what its users see. */
  | { readonly choice: readonly [stored: string, label: string] }

/** How a system writes what is no text. */
export interface Style {
  readonly instant: (instant: Instant) => string
  readonly day: (instant: Instant) => string
  readonly flag: (flag: boolean) => string
  readonly number: (number: number) => string
  readonly choice: 'stored' | 'label'
}

export function written(value: Value, style: Style): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number') return style.number(value)
  if (typeof value === 'boolean') return style.flag(value)
  if ('choice' in value) return value.choice[style.choice === 'stored' ? 0 : 1]
  if ('day' in value) return value.day === null ? '' : style.day(value.day)
  return value.instant === null ? '' : style.instant(value.instant)
}

const toMilliseconds = (instant: Instant) => instant.slice(0, 23)

/** APIs: RFC 3339 with milliseconds. */
export const API_STYLE: Style = {
  instant: (instant) => `${toMilliseconds(instant)}Z`,
  day: (instant) => instant.slice(0, 10),
  flag: String,
  number: String,
  choice: 'stored',
}

/** Fivetran's tables as a warehouse writes them: no `T`, no offset; a day is a timestamp too. */
export const WAREHOUSE_STYLE: Style = {
  ...API_STYLE,
  instant: (instant) => toMilliseconds(instant).replace('T', ' '),
  day: (instant) => `${instant.slice(0, 10)} 00:00:00`,
}

/** HubSpot's exports: minutes, in the zone of the portal. */
export function hubspotLabelStyle(zone: string): Style {
  const local = clockOf(zone)
  return {
    ...API_STYLE,
    instant: (instant) =>
      local(instant, ({ year, month, day, hour, minute }) => `${year}-${month}-${day} ${hour}:${minute}`),
    day: (instant) => local(instant, ({ year, month, day }) => `${year}-${month}-${day}`),
    choice: 'label',
  }
}

/** Salesforce's reports for an American user: `6/30/2023`, `6/30/2023 3:05 PM`, flags as 1 and 0. */
export function reportStyle(zone: string): Style {
  const local = clockOf(zone)
  return {
    instant: (instant) =>
      local(instant, ({ year, month, day, hour, minute }) => {
        const hours = Number(hour)
        return `${Number(month)}/${Number(day)}/${year} ${hours % 12 === 0 ? 12 : hours % 12}:${minute} ${hours < 12 ? 'AM' : 'PM'}`
      }),
    day: (instant) => local(instant, ({ year, month, day }) => `${Number(month)}/${Number(day)}/${year}`),
    flag: (flag) => (flag ? '1' : '0'),
    number: String,
    choice: 'label',
  }
}

/** What a spreadsheet of an American user makes of a file that it has opened and saved. It knows no zones. */
export function spreadsheetStyle(style: Style, zone: string): Style {
  const local = clockOf(zone)
  return {
    ...style,
    instant: (instant) =>
      local(
        instant,
        ({ year, month, day, hour, minute }) => `${Number(month)}/${Number(day)}/${year} ${Number(hour)}:${minute}`,
      ),
    day: (instant) => local(instant, ({ year, month, day }) => `${Number(month)}/${Number(day)}/${year}`),
    flag: (flag) => (flag ? 'TRUE' : 'FALSE'),
    number: (number) => number.toLocaleString('en-US', { maximumFractionDigits: 10 }),
  }
}

type LocalTime = Readonly<Record<'year' | 'month' | 'day' | 'hour' | 'minute', string>>

function clockOf(zone: string): (instant: Instant, write: (time: LocalTime) => string) => string {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  return (instant, write) => {
    const parts = format.formatToParts(new Date(toMilliseconds(instant) + 'Z'))
    const part = (type: keyof LocalTime) => parts.find((one) => one.type === type)?.value ?? ''
    return write({
      year: part('year'),
      month: part('month'),
      day: part('day'),
      hour: part('hour'),
      minute: part('minute'),
    })
  }
}
