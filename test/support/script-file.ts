import { readdirSync } from 'node:fs'
import path from 'node:path'

const SCRIPTS = path.join(import.meta.dirname, '../../scripts')

/** By name (`import`), the file of each command, from the root. */
export const SCRIPT_FILES: ReadonlyMap<string, string> = new Map(
  ['data-team', 'operator', 'developer'].flatMap((user) =>
    readdirSync(path.join(SCRIPTS, user), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [path.basename(file, '.ts'), `scripts/${user}/${file}`] as const),
  ),
)

export function scriptFile(name: string): string {
  const file = SCRIPT_FILES.get(name)
  if (file === undefined) throw new RangeError(`no script is called "${name}"`)
  return file
}
