/** How many can be worked: rows a month, or a share of all rows. */
export type Capacity = { readonly perMonth: number } | { readonly share: number }

/** What the threshold is set for. */
export type Objective =
  /** Of the accounts above the threshold, at least this share wins: as observed, not as predicted. */
  | { readonly kind: 'win_rate'; readonly target: number }
  | { readonly kind: 'capacity'; readonly capacity: Capacity }
  /** What it costs to work an account in vain, and to leave out one that would have won. */
  | { readonly kind: 'cost'; readonly falsePositive: number; readonly falseNegative: number }
