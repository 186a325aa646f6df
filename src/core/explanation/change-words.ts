import { describeDifference, describeFeature } from '../features/describe.ts'
import type { PlainFeature } from '../features/specification.ts'
import type { FeatureValue } from '../features/types.ts'
import type { ModelName } from '../scoring/artifact/model-artifact.ts'
import { dayOf, type Instant } from '../base/time.ts'
import { percent } from '../base/percent.ts'
import type { ChangePart, ModelChange } from './published-explanation.ts'

/** The definitions of one version's features, by name. */
export type Definitions = ReadonlyMap<string, PlainFeature>

const CHANCES: Readonly<Record<ModelName, string>> = {
  in_market: 'The chance that an opportunity opens within 90 days',
  win: 'The chance of winning it, if one opens',
  win_open: 'The chance of winning the open opportunity',
}

/** Log-odds below this are not worth a clause. */
const WORTH_SAYING = 0.005

/** "… rose from 3.1% to 5.6%: new facts +0.72, time passing -0.11." */
export function changeInWords(
  model: ModelName,
  from: number,
  to: number,
  causes: NonNullable<ModelChange['causes']>,
): string {
  const clauses = [
    { what: 'new facts', by: causes.new_facts },
    { what: 'time passing', by: causes.time },
    { what: 'another version of the model', by: causes.version },
  ]
    .filter(({ by }) => Math.abs(by) >= WORTH_SAYING)
    .toSorted((one, other) => Math.abs(other.by) - Math.abs(one.by))
    .map(({ what, by }) => `${what} ${signed(by)}`)
  const moved = movement(CHANCES[model], from, to)
  return clauses.length === 0 ? `${moved}.` : `${moved}: ${clauses.join(', ')}.`
}

/** Why a question has no answer at both ends. */
export function notComparable(wasAsked: boolean, model: ModelName, hasOpen: boolean): string {
  if (model === 'win_open') {
    return wasAsked ? 'The opportunity that was open then has closed.' : 'An opportunity has opened since.'
  }
  if (!wasAsked) return 'Not computed then: an opportunity was open, or the version of that time had no such model.'
  return hasOpen
    ? 'No longer computed: an opportunity is open.'
    : 'No longer computed: the present version has no such model.'
}

/** The account as a whole. */
export function overallChange(since: Instant, from: number | null, to: number | null): string {
  const start = `Since ${dayOf(since)}`
  if (from !== null && to !== null) {
    return `${start}: ${movement('the chance that an opportunity opens and is won', from, to)}.`
  }
  if (from !== null) return `${start} an opportunity has opened: the question is now whether it will be won.`
  return to === null
    ? `${start} there was and is no qualified probability.`
    : `${start} the open opportunity has closed: the account is scored for a new one again.`
}

/** One feature, seen again later or after news. */
export function differenceInWords(definition: PlainFeature | undefined, from: FeatureValue, to: FeatureValue): string {
  return definition ? describeDifference(definition, from, to) : ''
}

/** One feature, weighed anew by another version. */
export function reweighedInWords(
  definitions: readonly [was: PlainFeature | undefined, is: PlainFeature | undefined],
  from: FeatureValue,
  to: FeatureValue,
  logOdds: number,
): string {
  const [was, is] = definitions
  if (!is) return was ? `No longer counted: ${describeFeature(was, from)}` : ''
  const said = describeFeature(is, to)
  return was ? `Speaks ${logOdds > 0 ? 'more' : 'less'} for the account now: ${said}` : `Newly counted: ${said}`
}

/** What belongs to no feature: another version's average account, or the common offset of windows that were not recorded. */
export function interceptInWords(cause: ChangePart['cause'], shift: number): string {
  const chance = shift > 0 ? 'higher' : 'lower'
  return cause === 'version'
    ? `The average account has a ${chance} chance by the new version`
    : `The sources did not record all windows at both times: for that the chance is ${chance} now`
}

/** "+0.31"; a true minus sign is for print, a hyphen for everywhere else. */
export function signed(logOdds: number): string {
  return `${logOdds < 0 ? '-' : '+'}${Math.abs(logOdds).toFixed(2)}`
}

function movement(what: string, from: number, to: number): string {
  const [before, after] = [percent(from), percent(to)]
  if (before === after) return `${what} stayed at ${after}`
  return `${what} ${to > from ? 'rose' : 'fell'} from ${before} to ${after}`
}
