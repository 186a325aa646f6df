/** "open_complaint" as "open complaint". */
export function spoken(name: string): string {
  return name.replaceAll('_', ' ')
}

/** The same as a sentence. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
