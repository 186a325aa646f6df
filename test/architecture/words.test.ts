import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, type SourceFile } from './sources.ts'
import { findOldWords } from './words.ts'

/** Job titles are other people's words. */
const LEFT_OUT = /^(?:test\/architecture\/|models\/titles\.json$)/

function readTexts(folder: string): readonly SourceFile[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((entry) => path.posix.join(folder, entry.replaceAll('\\', '/')))
    .filter((name) => /\.(?:ts|md|json)$/.test(name) && !LEFT_OUT.test(name))
    .map((name) => ({ name, text: readFileSync(path.join(root, name), 'utf8') }))
}

describe('words', () => {
  it('are those of the field: no old word in src, scripts, docs, models, test and the README', () => {
    const texts = ['src', 'scripts', 'docs', 'models', 'test'].flatMap(readTexts)
    const readme = { name: 'README.md', text: readFileSync(path.join(root, 'README.md'), 'utf8') }
    expect([...texts, readme].flatMap(findOldWords)).toEqual([])
  })

  it.each([
    ['const policyBar = 1', 'policyBar'],
    ['armTraining()', 'armTraining'],
    ['// the accounts that it withheld', 'withheld'],
    ['askTogether(load)', 'askTogether'],
    ['90 % of the rows', '0 %'],
    ['is held against the base rate', 'held against'],
    ['39 rows with a mature label', 'mature label'],
  ])('an old word is found: %s', (text, word) => {
    expect(findOldWords({ name: 'a.ts', text }).map((line) => line.split('"')[1])).toContain(word)
  })

  it.each(['a bar chart', 'a progress bar', 'bootstrap draws', 'an alarm', 'amended', 'barsFigure(rows)', 'charm'])(
    'a sense that stays is left alone: %s',
    (text) => {
      expect(findOldWords({ name: 'a.ts', text })).toEqual([])
    },
  )
})
