/** No fact and no request nests deeper. */
export const MOST_LEVELS = 32

/** Counts brackets outside of strings, before anything recursive sees them. */
export function isDeeperThan(json: string, limit: number): boolean {
  let level = 0
  let inString = false
  for (let index = 0; index < json.length; index += 1) {
    const character = json.charAt(index)
    if (inString) {
      if (character === '\\') index += 1
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') {
      level += 1
      if (level > limit) return true
    } else if (character === '}' || character === ']') level -= 1
  }
  return false
}
