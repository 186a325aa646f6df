const DAY_SECONDS = 86_400
const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: DAY_SECONDS }

/** For how long a key that is replaced still opens, unless said otherwise, and at most. */
export const DEFAULT_OVERLAP_SECONDS = 7 * DAY_SECONDS
export const LONGEST_OVERLAP_SECONDS = 365 * DAY_SECONDS

/** `7d`, `12h`, `30m` or `0`. @returns seconds; undefined when it is none of these or more than a year */
export function parseOverlap(text: string): number | undefined {
  const match = /^(?:0|(\d{1,6})([mhd]))$/.exec(text)
  if (!match) return undefined
  const [, count = '0', unit = 'm'] = match
  const seconds = Number(count) * (SECONDS[unit] ?? 0)
  return seconds <= LONGEST_OVERLAP_SECONDS ? seconds : undefined
}
