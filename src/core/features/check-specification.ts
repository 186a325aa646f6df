import { nearest } from '../base/did-you-mean.ts'
import { expandFeatures, type FeatureSpecification } from './specification.ts'

/** The names a company's data knows, beside the standard ones. */
export interface Vocabulary {
  readonly fields: readonly string[]
  readonly activityKinds: readonly string[]
  readonly businessEventKinds: readonly string[]
  readonly topics: readonly string[]
}

/** Names that every specification may use, whether or not the data has them yet. */
export const STANDARD_VOCABULARY: Vocabulary = {
  fields: [
    'name',
    'industry',
    'employees',
    'revenue_usd',
    'country',
    'region',
    'ownership',
    'technologies',
    'in_crm',
    'motion',
  ],
  activityKinds: [
    'web_visit',
    'pricing_page_visit',
    'content_download',
    'form_submit',
    'webinar_attended',
    'event_attended',
    'demo_request',
    'email_reply',
    'email_open',
    'email_click',
    'free_trial_start',
    'sales_call',
    'sales_email',
    'sales_meeting',
  ],
  businessEventKinds: ['funding', 'hiring', 'new_executive', 'technology_installed', 'technology_dropped'],
  topics: [],
}

const FIXED_KINDS = { customer_event: ['renewal', 'expansion', 'churn'], opportunity: ['won', 'lost'] } as const

/** One line for each name that is unknown to the standard and to the data, with the nearest known names. */
export function unknownNames(specification: FeatureSpecification, observed: Vocabulary): readonly string[] {
  const known = {
    field: union(STANDARD_VOCABULARY.fields, observed.fields),
    activity: union(STANDARD_VOCABULARY.activityKinds, observed.activityKinds),
    business_event: union(STANDARD_VOCABULARY.businessEventKinds, observed.businessEventKinds),
    ...FIXED_KINDS,
    topic: observed.topics,
  }
  return expandFeatures(specification).flatMap((definition) => {
    const complain = (what: string, names: readonly string[], among: readonly string[]) =>
      names
        .filter((name) => !among.includes(name))
        .map((name) => `feature "${definition.name}" names an unknown ${what} "${name}"; ${suggestion(name, among)}`)
    if (definition.measure === 'attribute') return complain('field', [definition.field], known.field)
    if ('topics' in definition && definition.topics) return complain('topic', definition.topics, known.topic)
    if ('kinds' in definition && definition.kinds) {
      const fact = 'of' in definition ? definition.of : 'activity'
      return complain(`${fact.replace('_', ' ')} kind`, definition.kinds, known[fact])
    }
    return []
  })
}

/** Names the nearest known ones. */
export function suggestion(name: string, among: readonly string[]): string {
  const close = nearest(name, among)
  return close.length > 0 ? `nearest known: ${close.join(', ')}` : 'none is known yet'
}

export function union(one: readonly string[], other: readonly string[]): readonly string[] {
  return [...new Set([...one, ...other])].toSorted()
}
