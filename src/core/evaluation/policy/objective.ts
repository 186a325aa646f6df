/** What a team can work: rows a month, or a share of all rows. */
export type Capacity = { readonly perMonth: number } | { readonly share: number }

/** What the threshold is optimised for. */
export type Objective =
  /** At least this share of the accounts above the threshold wins, as observed. */
  | { readonly kind: 'win_rate'; readonly target: number }
  | { readonly kind: 'capacity'; readonly capacity: Capacity }
  /** The cost of working an account that does not win, and of not working one that would have won. */
  | { readonly kind: 'cost'; readonly falsePositive: number; readonly falseNegative: number }
