/** "open_complaint" as "open complaint". */
export function spoken(name: string): string {
  return name.replaceAll('_', ' ')
}

/** a, b and c */
export function listed(words: readonly string[], joint: 'and' | 'or'): string {
  const [last = ''] = words.slice(-1)
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${joint} ${last}`
}

/** The same as a sentence. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
