/** Above this share of rejected rows, a wrong mapping is more likely than faulty rows. */
export const MOST_REJECTED = 0.2

/** Whether too many rows of a file were rejected for it to count as imported. Rows filtered by a condition are not counted. */
export function tooManyRejected(
  { read, filtered, rejected }: { readonly read: number; readonly filtered: number; readonly rejected: number },
  most = MOST_REJECTED,
): boolean {
  const wanted = read - filtered
  return rejected > 0 && (rejected >= wanted || rejected / wanted > most)
}
