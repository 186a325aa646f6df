import type { Refusal } from './buying-group.ts'
import type { PeopleSpecification } from './people-specification.ts'

/** What is on record about contacting one person, one entry per source. */
export interface Permission {
  readonly contactExternalId: string
  readonly doNotContact: boolean
  /** As the source writes it; null where it says nothing. */
  readonly consent: string | null
}

/**
 * People who must not be contacted, with the reason. One source that refuses is enough. Where the company records consent, a
 * person without a record has not consented.
 */
export function refusalsOf(
  permissions: readonly Permission[],
  about: { readonly accountRefuses: boolean; readonly consentIsRecorded: boolean },
  { consent_refused: refused }: PeopleSpecification,
): ReadonlyMap<string, Refusal> {
  const words = new Set(refused.map((word) => word.toLowerCase()))
  const refusals = new Map<string, Refusal>()
  for (const [contact, statements] of Map.groupBy(permissions, ({ contactExternalId }) => contactExternalId)) {
    const consents = statements.flatMap(({ consent }) => consent?.trim().toLowerCase() || [])
    if (statements.some(({ doNotContact }) => doNotContact)) refusals.set(contact, 'do_not_contact')
    else if (about.accountRefuses) refusals.set(contact, 'account_do_not_contact')
    else if (consents.some((consent) => words.has(consent))) refusals.set(contact, 'no_consent')
    else if (about.consentIsRecorded && consents.length === 0) refusals.set(contact, 'no_consent')
  }
  return refusals
}
