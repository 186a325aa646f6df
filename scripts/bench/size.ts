/** `smoke`: only to see that every benchmark runs; its figures say nothing. */
export const SIZES = ['smoke', 'small', 'full'] as const
export type Size = (typeof SIZES)[number]
