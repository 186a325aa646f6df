import { FAMILIES, type Family } from '../../features/types.ts'

/** What the model is compared with. The verdict asks it to beat three of them, `REQUIRED_BASELINES`. */
export const BASELINES = [
  'direct',
  'champion',
  'base_rate',
  'best_single_feature',
  'mql_points',
  'naive_bayes',
] as const
export type Baseline = (typeof BASELINES)[number]

export const REQUIRED_BASELINES = ['base_rate', 'mql_points', 'naive_bayes'] as const satisfies readonly Baseline[]

type FamilyAblation = `${Family}_only` | `without_${Family}`
export type Ablation = FamilyAblation | 'without_backfilled' | 'earlier_14_days'

/** Whatever gives the rows of a backtest a probability: the model, a baseline, or an ablation. */
export type ScorerName = 'model' | Baseline | Ablation

export const LEFT_OUT = ['family', 'other_families', 'backfilled_facts', 'last_14_days'] as const

/** The kind of a scorer and, of an ablation, what the model goes without. */
export interface ScorerKind {
  readonly kind: 'model' | 'baseline' | 'ablation'
  readonly left_out: (typeof LEFT_OUT)[number] | null
  /** The family that is left out, or the only one that is left. */
  readonly family: Family | null
}

const baseline: ScorerKind = { kind: 'baseline', left_out: null, family: null }
const ablation = (left_out: ScorerKind['left_out'], family: Family | null = null): ScorerKind => {
  return { kind: 'ablation', left_out, family }
}

/** In the order of the report. */
const SCORERS: ReadonlyMap<ScorerName, ScorerKind> = new Map<ScorerName, ScorerKind>([
  ['model', { kind: 'model', left_out: null, family: null }],
  ...BASELINES.map((name) => [name, baseline] as const),
  ...FAMILIES.map((family) => [`${family}_only`, ablation('other_families', family)] as const),
  ...FAMILIES.map((family) => [`without_${family}`, ablation('family', family)] as const),
  ['without_backfilled', ablation('backfilled_facts')],
  ['earlier_14_days', ablation('last_14_days')],
])

export const SCORER_NAMES: readonly ScorerName[] = [...SCORERS.keys()]

export function scorerKind(name: ScorerName): ScorerKind {
  return SCORERS.get(name)!
}
