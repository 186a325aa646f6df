/** What has an id in a CRM. */
export type CrmObject =
  | 'company'
  | 'person'
  | 'deal'
  | 'stage'
  | 'engagement'
  | 'email'
  | 'task'
  | 'event'
  | 'email_event'
  | 'form'
  | 'form_submission'
  | 'campaign'
  | 'campaign_member'
  | 'contact_role'
  | 'stage_change'

/** Gives each thing of the simulation the id that a CRM would, and remembers it. */
export interface IdBook {
  /** The same id for the same thing. */
  readonly idOf: (object: CrmObject, ours: string) => string
  readonly entries: () => readonly IdEntry[]
}

export interface IdEntry {
  readonly object: CrmObject
  readonly ours: string
  readonly theirs: string
}

/** @param make the id of the n-th thing of its kind, from 1; without it things keep the ids of the simulation */
export function idBook(make?: (object: CrmObject, number: number) => string): IdBook {
  const books = new Map<CrmObject, Map<string, string>>()
  return {
    idOf(object, ours) {
      const book = books.get(object) ?? new Map<string, string>()
      books.set(object, book)
      const id = book.get(ours) ?? make?.(object, book.size + 1) ?? ours
      book.set(ours, id)
      return id
    },
    entries: () =>
      [...books].flatMap(([object, book]) => [...book].map(([ours, theirs]) => ({ object, ours, theirs }))),
  }
}

const FIRST: Partial<Record<CrmObject, number>> = { company: 9_100_000_000, person: 51, deal: 13_400_000_000 }

const UNIQUE: readonly CrmObject[] = ['email_event', 'form', 'form_submission']

/**
 * HubSpot numbers its records, each kind of them for itself; calls, emails and meetings are one kind. What marketing counts has
 * a UUID.
 */
export function hubspotId(object: CrmObject, number: number): string {
  if (UNIQUE.includes(object))
    return `5d7c0${UNIQUE.indexOf(object)}e4-26be-4f07-8b50-${number.toString(16).padStart(12, '0')}`
  return String((FIRST[object] ?? 58_600_000_000) + 7 * number)
}

const PREFIX: Partial<Record<CrmObject, string>> = {
  company: '001',
  person: '003',
  deal: '006',
  task: '00T',
  event: '00U',
  email: '02s',
  campaign: '701',
  campaign_member: '00v',
  contact_role: '00K',
  stage_change: '008',
}
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'

/** Salesforce: three characters for the object, the instance, a number in base 62 in which case matters, three of check. */
export function salesforceId(object: CrmObject, number: number): string {
  let digits = ''
  // A step above 26 so that ids which differ only in the case of a letter stand side by side.
  for (let left = 36 * number + 11; left > 0; left = Math.floor(left / DIGITS.length))
    digits = `${DIGITS[left % DIGITS.length] ?? ''}${digits}`
  const id = `${PREFIX[object] ?? 'a00'}5f0000${digits.padStart(6, '0')}`
  return `${id}${[0, 5, 10].map((from) => checkOf(id.slice(from, from + 5))).join('')}`
}

/** Reports of Salesforce show 15 characters. */
export const shortSalesforceId = (id: string): string => id.slice(0, 15)

function checkOf(five: string): string {
  const bits = [...five].reduce((sum, character, at) => sum + (/[A-Z]/.test(character) ? 2 ** at : 0), 0)
  return CHECK[bits] ?? ''
}
