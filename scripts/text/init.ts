import { counted } from '../../src/core/base/counted.ts'
import { percent } from '../../src/core/base/percent.ts'
import type { LeftOut, Need } from '../../src/core/features/fit-features.ts'
import type { Found } from '../../src/core/features/inventory.ts'
import type { InitializedModels } from '../../src/jobs/models/init-models.ts'

const MOST_NAMED = 12
const MOST_NEEDS = 10

export function initText(made: InitializedModels): string {
  const { folder, files, specification, leftOut, added, fieldsLeftOut, needs } = made
  const kept = specification.features.length - added.length
  return [
    `Wrote ${folder}: ${files.join(', ')}`,
    '',
    'In the data',
    ...foundLines(made),
    '',
    `Features: ${kept} of the ${kept + leftOut.length} that come with the product, and ${added.length} of your own`,
    ...groupLines(leftOut, 'left out, because the data hold nothing for'),
    ...added.map(
      (one) => `  added ${one.name}: ${one.measure === 'attribute' ? `the field ${one.field}` : 'what the buyer did'}`,
    ),
    ...groupLines(fieldsLeftOut, 'no feature of the field'),
    ...(made.hasInMarket ? [] : [`  ${NO_IN_MARKET}`]),
    `MQL rule: ${RULES[made.mqlRule]}`,
    '',
    NEXT_EXPORT,
    ...(needs.length === 0 ? ['  nothing: the data fill every feature'] : needs.slice(0, MOST_NEEDS).map(needLine)),
    '',
    `Next: npx winrate train --models ${folder}`,
  ].join('\n')
}

const NO_IN_MARKET =
  'in-market.json is left out: without activities of buyers or intent signals nothing tells who is about to buy; only wins are learned'
const NEXT_EXPORT = 'What to export next (most missing values first; only training shows the gain)'
const RULES = {
  none: 'none; --mql-rule own FILE compares the model with a point rule, --mql-rule mql_at with the dates of contacts',
  mql_at: 'the dates on which contacts became marketing-qualified leads',
  own: 'your own points',
}

function foundLines({ inventory }: InitializedModels): readonly string[] {
  const { accounts, fields, contacts, activities, reach, businessEvents, customerEvents, intentTopics } = inventory
  return [
    `  ${counted(accounts, 'account')}, ${counted(contacts.accounts, 'of them has', 'of them have')} contacts`,
    `  fields of accounts: ${fields.map(({ field, accounts: filled }) => `${field} ${percent(filled / Math.max(1, accounts))}`).join(', ') || 'none'}`,
    `  what buyers did: ${kindsText(activities)}`,
    ...(reach > 0 ? [`  what sales and systems did (no evidence): ${counted(reach, 'activity', 'activities')}`] : []),
    `  business events: ${kindsText(businessEvents)}`,
    `  customer events: ${kindsText(customerEvents)}`,
    `  intent topics: ${kindsText(intentTopics)}`,
  ]
}

function kindsText(found: readonly Found[]): string {
  const shown = found.slice(0, MOST_NAMED).map(({ kind, rows }) => `${kind} ${rows.toLocaleString('en-US')}`)
  const more = found.length - shown.length
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ') || 'none'
}

function groupLines(left: readonly LeftOut[], title: string): readonly string[] {
  return [...Map.groupBy(left, ({ because }) => because)].map(
    ([because, own]) => `  ${title} ${own.map(({ name }) => name).join(', ')} (${because})`,
  )
}

function needLine({ import: kind, holds, features, lacking }: Need, index: number): string {
  const share = lacking === 1 ? 'for every account' : `for ${percent(lacking)} of the accounts`
  return `  ${index + 1}. ${kind}: ${holds}; ${counted(features.length, 'feature')} unknown ${share}: ${features.join(', ')}`
}

export function initJson(made: InitializedModels) {
  const { folder, files, specification, leftOut, added, fieldsLeftOut, needs, mqlRule, hasInMarket, inventory } = made
  return {
    folder,
    files,
    features: specification.features.map(({ name }) => name),
    left_out: leftOut,
    added: added.map(({ name }) => name),
    fields_left_out: fieldsLeftOut,
    mql_rule: mqlRule,
    in_market: hasInMarket,
    export_next: needs,
    found: {
      accounts: inventory.accounts,
      fields: inventory.fields,
      activity_kinds: inventory.activities,
      business_event_kinds: inventory.businessEvents,
      customer_event_kinds: inventory.customerEvents,
      intent_topics: inventory.intentTopics,
    },
  }
}
