import type { ImportKind } from '../../../core/facts/import/kinds.ts'
import type { NearIds } from '../../../store/facts/import/near-ids.ts'
import type { SharedClaims } from '../../../store/facts/import/shared-claims.ts'

/** What identifies nobody, and why, a sentence each. */
export function claimNotes(kind: ImportKind, shared: SharedClaims, near: NearIds | undefined): string[] {
  return [
    ...sharedNote(shared.links, '1 domain, network or visitor is', 'domains, networks or visitors are'),
    ...sharedNote(shared.visitors, '1 visitor is', 'visitors are'),
    ...sharedNote(shared.mailboxes, '1 email address of contacts is', 'email addresses of contacts are'),
    ...(near ? [nearNote(kind, near)] : []),
  ]
}

/** @param count the rows that lists made before, and no longer make */
export function takenBackNote(count: number): string[] {
  if (count === 0) return []
  const subject =
    count === 1 ? '1 row whose record no longer lists it was' : `${count} rows whose records no longer list them were`
  return [`${subject} taken back`]
}

function sharedNote(count: number, one: string, many: string): string[] {
  if (count === 0) return []
  const subject = count === 1 ? one : `${count} ${many}`
  return [`${subject} claimed by several accounts and ${count === 1 ? 'leads' : 'lead'} to none of them`]
}

function nearNote(kind: ImportKind, { count, first: [id, other], isWaiting }: NearIds): string {
  if (isWaiting) {
    const subject = count === 1 ? '1 account that' : `${count} accounts that`
    return `${subject} ${kind} name ${count === 1 ? 'is' : 'are'} not here, but under a near id: "${id}" resembles "${other}". Write one id in one spelling`
  }
  const subject = count === 1 ? '1 id of accounts is' : `${count} ids of accounts are`
  return `${subject} spelled in several ways, as "${id}" and "${other}": each counts as an account of its own. Write one spelling, or merge them`
}
