import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { settingsTable, withSettingsTable } from '../../scripts/text/settings-table.ts'
import { Environment } from '../../src/settings.ts'

const DOCUMENT = path.join(import.meta.dirname, '../../docs/configuration.md')

describe('docs/configuration.md', () => {
  it('says of every setting what src/settings.ts does (npx winrate docs-config)', async () => {
    const document = await readFile(DOCUMENT, 'utf8')
    expect(withSettingsTable(document)).toBe(document)
  })

  it('names each variable, what it does, its values and its default', () => {
    const rows = settingsTable().split('\n').slice(2)
    expect(rows.map((row) => /`(\w+)`/.exec(row)?.[1])).toEqual(Object.keys(Environment.shape))
    for (const row of rows) expect(row).toMatch(/^\| `\w+` \| .+\. \| .+ \| (?:`.+`|unset: .+) \|$/)
  })
})
