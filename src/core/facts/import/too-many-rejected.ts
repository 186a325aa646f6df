/** Beyond this share of rejected rows a file was read wrongly, more often than it is dirty. */
export const MOST_REJECTED = 0.2

/** Whether so much of a file was rejected that it cannot count as imported. Rows that a condition left out were not asked for. */
export function tooManyRejected(
  { read, filtered, rejected }: { readonly read: number; readonly filtered: number; readonly rejected: number },
  most = MOST_REJECTED,
): boolean {
  const wanted = read - filtered
  return rejected > 0 && (rejected >= wanted || rejected / wanted > most)
}
