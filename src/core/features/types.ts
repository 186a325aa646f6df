export const FAMILIES = ['account_fit', 'contact_fit', 'engagement', 'intent'] as const
export type Family = (typeof FAMILIES)[number]

/** The value of one feature for one account; null is *unknown* and never means zero. */
export type FeatureValue = number | string | readonly string[] | null

/** One value per column, in the order of the columns. */
export type FeatureVector = readonly FeatureValue[]

/** What the encoder needs to know of a feature. */
export interface FeatureColumn {
  readonly name: string
  readonly family: Family
  readonly kind: 'number' | 'category' | 'set'
  readonly transform: 'none' | 'log1p'
  /** Declared direction: `positive` means that more of it can never lower the probability. */
  readonly sign: 'positive' | 'negative' | null
  /** Set where null means one thing only: the window reaches back before the first fact of its source. */
  readonly windowed?: true
}
