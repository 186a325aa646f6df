/**
 * A share in percent, to the digits that mean something: `34%`, `5.2%`, `0.03%`; `not known` where there is none.
 *
 * @param digits after the point, for columns whose figures stand below each other
 */
export function percent(share: number | null, digits?: number): string {
  if (share === null || !Number.isFinite(share)) return 'not known'
  const value = 100 * share
  if (digits !== undefined) return `${value.toFixed(digits)}%`
  const size = Math.abs(value)
  if (size === 0) return '0%'
  if (size < 0.01) return 'under 0.01%'
  if (size < 0.1) return `${Number(value.toPrecision(1))}%`
  return `${size < 9.95 ? Number(value.toFixed(1)) : Math.round(value)}%`
}
