import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface SourceFile {
  /** From the root, with forward slashes: `src/core/base/time.ts`. */
  readonly name: string
  readonly text: string
}

/** Every TypeScript file under the folder; none when it does not exist. */
export function readSources(folder: string): readonly SourceFile[] {
  let entries: readonly string[]
  try {
    entries = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
  return entries
    .filter((entry) => entry.endsWith('.ts'))
    .map((entry) => `${folder}/${entry.replaceAll('\\', '/')}`)
    .toSorted()
    .map((name) => ({ name, text: readFileSync(path.join(root, name), 'utf8') }))
}

export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\/|(?<![:'"`])\/\/[^\n]*/g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
}
