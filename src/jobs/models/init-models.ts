import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Kysely } from 'kysely'
import { unknownRuleNames } from '../../core/evaluation/mql/check-rule.ts'
import { MqlRule } from '../../core/evaluation/mql/mql-rule.ts'
import { type FittedFeatures, fitFeatures } from '../../core/features/fit-features.ts'
import type { Inventory } from '../../core/features/inventory.ts'
import { FeatureSpecification } from '../../core/features/specification.ts'
import { ScoreSpecification } from '../../core/scoring/artifact/score-specification.ts'
import { AppError } from '../../errors.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { readInventory } from '../../store/features/inventory.ts'
import { readVocabulary } from '../../store/features/opportunity-histories.ts'
import { readChecked } from './read-model-file.ts'

const SHIPPED = fileURLToPath(new URL('../../../models', import.meta.url))
/** Copied as they are: they name no field, and no kind beyond the standard ones. */
const COPIED = ['win.json', 'win-open.json', 'contact.json', 'titles.json'] as const

/** How sales was handed leads so far: not by points, by the dates that contacts bring, or by a rule in a file. */
export type MqlChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'mql_at' }
  | { readonly kind: 'own'; readonly file: string }

export interface InitializedModels extends FittedFeatures {
  readonly folder: string
  readonly files: readonly string[]
  readonly inventory: Inventory
  readonly mqlRule: MqlChoice['kind']
  /** False when nothing tells of a market: no activity of a buyer, no intent signal. Then only wins are learned. */
  readonly hasInMarket: boolean
}

/**
 * Writes a copy of the shipped specification that fits what is stored: features that the data fill, fields and kinds that
 * only this company has, and its MQL rule.
 * @param choose is asked for the MQL rule once the data are counted
 * @throws AppError OptionInvalid for a folder that is not empty; SpecificationInvalid for a rule that does not fit the data
 */
export async function initModels(
  db: Kysely<Database>,
  folder: string,
  choose: (inventory: Inventory) => Promise<MqlChoice>,
): Promise<InitializedModels> {
  await checkFolder(folder)
  const inventory = await readInventory(db)
  const fitted = fitFeatures(readChecked(path.join(SHIPPED, 'features.json'), FeatureSpecification), inventory)
  if (fitted.specification.features.length === 0) {
    const message = 'there is nothing to learn from yet: import accounts with their attributes, contacts and activities'
    throw new AppError('SpecificationInvalid', message)
  }
  const choice = await choose(inventory)
  const rule = await ruleOf(db, choice, inventory)
  const hasInMarket = fitted.specification.features.some(({ family }) => family === 'engagement' || family === 'intent')
  const files = new Map<string, string>([
    ['features.json', featuresText(fitted.specification)],
    ...(await Promise.all(
      [...COPIED, ...(hasInMarket ? ['in-market.json'] : [])].map(
        async (file) => [file, await readFile(path.join(SHIPPED, file), 'utf8')] as const,
      ),
    )),
    ['scores.json', jsonText(scoresFor(inventory))],
    ['mql-points.json', jsonText(rule)],
  ])
  await mkdir(folder, { recursive: true })
  for (const [file, text] of files) await writeFile(path.join(folder, file), text, { flag: 'wx' })
  return { ...fitted, folder, files: [...files.keys()].toSorted(), inventory, mqlRule: choice.kind, hasInMarket }
}

async function checkFolder(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    const reason = error.code === 'ENOTDIR' ? 'is not a folder' : `cannot be read: ${error.message}`
    throw new AppError('OptionInvalid', `--models ${folder} ${reason}: name another folder`)
  })
  if (entries.length > 0)
    throw new AppError(
      'OptionInvalid',
      `--models ${folder} is not empty, and no file is overwritten: name a new folder`,
    )
}

async function ruleOf(db: Kysely<Database>, choice: MqlChoice, { contacts }: Inventory): Promise<MqlRule> {
  if (choice.kind === 'own') {
    const rule = readChecked(choice.file, MqlRule)
    const unknown = unknownRuleNames(rule, await readVocabulary(db))
    if (unknown.length === 0) return rule
    throw new AppError('SpecificationInvalid', unknown.map((line) => `${choice.file}: ${line}`).join('\n'))
  }
  if (choice.kind === 'mql_at' && contacts.mqlDates === 0) {
    const message =
      'no contact has a date on which it became a marketing-qualified lead: import contacts with mql_at (in HubSpot "Became a Marketing Qualified Lead Date"), or give --mql-rule none'
    throw new AppError('OptionInvalid', message)
  }
  return { $comment: RULE_COMMENTS[choice.kind], ...NO_POINTS }
}

const NO_POINTS = {
  threshold: 1,
  source_precedence: [],
  needs_contact: true,
  profile: [],
  events: [],
  fading: { days: 90 },
}
const RULE_COMMENTS = {
  none: 'No point rule: nobody has points. Write your own as in docs/mql-points.md to compare the model with it.',
  mql_at:
    'No points: the dates on which contacts became marketing-qualified leads (mql_at) decide. See docs/mql-points.md.',
}

/** Expected amounts go by the fields that there are. */
function scoresFor({ fields }: Inventory): ScoreSpecification {
  const shipped = readChecked(path.join(SHIPPED, 'scores.json'), ScoreSpecification)
  const isThere = (field: string) => fields.some((found) => found.field === field)
  const segments = shipped.expected_amount.segment_by.filter(({ field }) => isThere(field))
  return { ...shipped, expected_amount: { ...shipped.expected_amount, segment_by: segments } }
}

/** One line a feature, as in the shipped file. */
function featuresText({ features, ...rest }: FeatureSpecification): string {
  const head = JSON.stringify(rest, null, 2).slice(0, -2)
  return `${head},\n  "features": [\n${features.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]\n}\n`
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
