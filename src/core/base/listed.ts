/** `a, b and c` */
export function listed(texts: readonly string[], joint: 'and' | 'or' = 'and'): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} ${joint} ${texts.at(-1)}`
}
