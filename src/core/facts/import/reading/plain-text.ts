/** Texts that a person takes for the same: case and surrounding space apart. */
export function plain(text: string): string {
  return text.trim().toLowerCase()
}

/** Finds what is listed under a text: an exact match, else one that differs in case or surrounding space only. */
export function finder<Value>(entries: readonly (readonly [string, Value])[]): (text: string) => Value | undefined {
  const exact = new Map(entries)
  const caseless = new Map(entries.toReversed().map(([text, value]) => [plain(text), value]))
  return (text) => {
    const found = exact.get(text)
    return found === undefined ? caseless.get(plain(text)) : found
  }
}
