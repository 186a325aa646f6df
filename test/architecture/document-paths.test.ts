import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { root } from './sources.ts'

/** Files of the tree, by path and by name. */
const files = globSync('{src,test,scripts,models,migrations,docs,examples,tools,.ci}/**/*', { cwd: root })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !file.includes('node_modules/'))
const names = new Set(files.map((file) => path.posix.basename(file)))

/** The files that a text names in code, such as `src/main.ts`, `core/facts/accounts.ts` or `decide.ts`. */
function namedIn(text: string): readonly string[] {
  const code = [...text.matchAll(/`([^`\n]+)`/g)].map(([, inside = '']) => inside)
  return code.filter((inside) => /^(?:[\w.-]+\/)*[\w.-]+\.(?:ts|mjs|sql)$/.test(inside))
}

function exists(name: string): boolean {
  return name.includes('/') ? files.some((file) => file === name || file.endsWith(`/${name}`)) : names.has(name)
}

it('every source file that a document names exists', () => {
  const documents = [...globSync('docs/**/*.md', { cwd: root }), 'README.md']
  const named = documents.flatMap((document) =>
    namedIn(readFileSync(path.join(root, document), 'utf8')).map((name) => ({ document, name })),
  )
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter(({ name }) => !exists(name))).toEqual([])
})
