import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSources, root } from './sources.ts'

const LONGEST_FILE = 300
const MOST_FILES = 16

describe('files', () => {
  it(`have at most ${LONGEST_FILE} lines`, () => {
    const files = ['src', 'scripts', 'test', 'tools'].flatMap(readSources)
    const long = files.filter(({ text }) => text.split('\n').length > LONGEST_FILE + 1).map(({ name }) => name)
    expect(long).toEqual([])
  })
})

describe('folders', () => {
  it(`hold at most ${MOST_FILES} files each`, () => {
    const counts = new Map<string, number>()
    for (const top of ['src', 'scripts', 'test'])
      for (const entry of readdirSync(path.join(root, top), { recursive: true, withFileTypes: true })) {
        const folder = path.relative(root, entry.parentPath).replaceAll('\\', '/')
        if (entry.isFile() && entry.name.endsWith('.ts')) counts.set(folder, (counts.get(folder) ?? 0) + 1)
      }
    expect([...counts].filter(([, files]) => files > MOST_FILES)).toEqual([])
  })
})

describe('documents', () => {
  const NAMED = /`((?:src|scripts|test|tools|models|migrations)\/[\w./-]*\w)\/?`/g

  it('name only files and folders that exist', () => {
    const documents = ['README.md', ...['docs/*.md', 'models/*.md'].flatMap((glob) => globSync(glob, { cwd: root }))]
    const missing = documents.flatMap((document) =>
      [...readFileSync(path.join(root, document), 'utf8').matchAll(NAMED)].flatMap(([, name = '']) =>
        ['', '.ts', '.test.ts'].some((end) => existsSync(path.join(root, name + end))) ? [] : [`${document}: ${name}`],
      ),
    )
    expect(missing).toEqual([])
  })
})

describe('the shared data', () => {
  it('are found in one place, so that a run can require them', () => {
    const users = readSources('test').filter(
      ({ name, text }) => !name.startsWith('test/architecture/') && text.includes('WINRATE_DATA'),
    )
    expect(users.map(({ name }) => name)).toEqual(['test/support/data/shared-data.ts'])
  })
})
