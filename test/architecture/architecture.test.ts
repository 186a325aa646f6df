import { describe, expect, it } from 'vitest'
import { findLostBuilders } from './builders.ts'
import { findLayerBreaks } from './layers.ts'
import { readSources, withoutComments } from './sources.ts'

const sources = readSources('src')
const scripts = readSources('scripts')
const LONGEST_FILE = 400

describe('layers', () => {
  it('dependencies run one way: core <- store <- jobs <- http, web, scripts', () => {
    expect([...sources, ...scripts].flatMap(findLayerBreaks)).toEqual([])
  })

  it('the rule sees an import that points the wrong way', () => {
    const file = {
      name: 'src/store/scores.ts',
      text: `import type { App } from '../http/app.ts'\nimport '../core/time.ts'`,
    }
    expect(findLayerBreaks(file)).toEqual(['src/store/scores.ts (store) imports src/http/app.ts (http)'])
    const impure = {
      name: 'src/core/time.ts',
      text: `import { readFile } from 'node:fs/promises'\nimport { z } from 'zod'`,
    }
    expect(findLayerBreaks(impure)).toEqual(['src/core/time.ts (core) imports node:fs/promises'])
  })
})

describe('core', () => {
  const IMPURE =
    /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bprocess\.(?:env|argv|cwd|exit|std\w+|hrtime|pid|on)\b|(?<![.\w])console\./g

  it('uses no clock, chance, environment or console', () => {
    const found = sources
      .filter((file) => file.name.startsWith('src/core/'))
      .flatMap((file) => [...withoutComments(file.text).matchAll(IMPURE)].map((match) => `${file.name}: ${match[0]}`))
    expect(found).toEqual([])
  })
})

describe('replies', () => {
  // A reply can be awaited: a promise of one becomes undefined once it is sent, so a caller that asks for it goes on.
  const PROMISED = /Promise<(?:FastifyReply\s*\|\s*undefined|undefined\s*\|\s*FastifyReply)>/g
  const ASKED = /(?:await[^\n;]*\breply\b[^\n;]*\)\s*(?:\?\?|\|\|)|=\s*await\s+(?:sendProblem|refuse\w*)\()/g

  it('are not promised to a caller that goes on: a function that may refuse returns a flag', () => {
    const found = sources
      .filter((file) => file.name.startsWith('src/http/'))
      .flatMap((file) =>
        [PROMISED, ASKED].flatMap((pattern) =>
          [...withoutComments(file.text).matchAll(pattern)].map((match) => `${file.name}: ${match[0]}`),
        ),
      )
    expect(found).toEqual([])
  })

  it('the rule sees what fell through', () => {
    expect('refuse(): Promise<FastifyReply | undefined>').toMatch(PROMISED)
    expect('return (await limits.count(request, reply)) ?? refuse(reply)').toMatch(ASKED)
  })
})

describe('known_at', () => {
  // Against an instant. Which of two facts was known first (`a.known_at < b.known_at`) is another question; so is, while
  // facts are written, which version comes after which: `store/import` never reads as of an instant.
  const mayCompare = (name: string) =>
    name.startsWith('src/core/') || name.startsWith('src/store/import/') || name === 'src/store/known-before.ts'
  const COMPARED = new RegExp(
    [
      /known_at["']?\s*(?:[<>]=?(?![=>])(?!\s*[\w${}]+\.known_at)|between\b)/,
      /known_at["'`]\s*,\s*["'`][<>]=?["'`]/,
      /(?<!known_at\s*)(?<![-=<>])[<>]=?\s*(?:[\w${}]+\.)?known_at\b/,
    ]
      .map((pattern) => pattern.source)
      .join('|'),
    'gi',
  )

  it('is compared in one file only', () => {
    const found = sources
      .filter((file) => !mayCompare(file.name))
      .flatMap((file) => [...withoutComments(file.text).matchAll(COMPARED)].map((match) => `${file.name}: ${match[0]}`))
    expect(found).toEqual([])
  })

  it('the rule sees comparisons in SQL and in builders, and not a column that is read', () => {
    for (const text of [`where f.known_at < $1`, `.where('f.known_at', '<', asOf)`, `where $1 >= f.known_at`]) {
      expect(text.match(COMPARED), text).not.toBeNull()
    }
    const others = [
      `order by f.known_at`,
      `f.known_at <= s.known_at`,
      `t.known_at <> t.occurred_at`,
      '${a}.known_at < ${b}.known_at',
      `(row) => row.known_at`,
    ]
    for (const text of others) expect(text.match(COMPARED), text).toBeNull()
  })
})

describe('kysely builders', () => {
  it('each one that begins a statement is executed', () => {
    const found = [...sources, ...scripts].flatMap((file) =>
      findLostBuilders(file.text).map((lost) => `${file.name}:${lost.line} ${lost.text}`),
    )
    expect(found).toEqual([])
  })

  it.each([
    `await db.schema.dropTable('member')`,
    `db.insertInto('account').values(row)`,
    `  await trx\n    .updateTable('account')\n    .set({ name })\n    .where('id', '=', id)\n  return id`,
    `async () => {\n  await this.db.deleteFrom('a').where((eb) => eb.exists(run().execute()))\n}`,
    `if (late) {\n  db.deleteFrom('account')\n}`,
  ])('finds one that is lost: %s', (text) => {
    expect(findLostBuilders(text)).toHaveLength(1)
  })

  it.each([
    `await db.schema.dropTable('member').execute()`,
    `await db\n  .insertInto('account')\n  // with a comment\n  .values(row)\n  .executeTakeFirstOrThrow()`,
    `const query = db.selectFrom('account').select('id')\nreturn await query.execute()`,
    `return db\n  .selectFrom('account')\n  .where((eb) =>\n    eb.exists(\n      eb.selectFrom('contact').select('id'),\n    ),\n  )`,
    `const all = (db: Db) =>\n  db.selectFrom('account').selectAll()`,
    `await db.with('x', (db) =>\n  db.selectFrom('account').select('id'),\n).selectFrom('x').execute()`,
    `await saveAll(\n  db.selectFrom('account').selectAll(),\n)`,
    `for await (const row of db.selectFrom('account').stream()) use(row)`,
    `// db.insertInto('account')`,
    `await db.transaction().execute(async (trx) => {\n  await trx.deleteFrom('account').execute()\n})`,
  ])('leaves alone what is executed elsewhere: %s', (text) => {
    expect(findLostBuilders(text)).toEqual([])
  })
})

describe('files', () => {
  it(`have at most ${LONGEST_FILE} lines`, () => {
    const long = sources.filter((file) => file.text.split('\n').length > LONGEST_FILE + 1)
    expect(long.map((file) => file.name)).toEqual([])
  })
})

describe('the clock of this machine', () => {
  // Instants that are stored, answered or compared are the database's.
  const CLOCK = /\bDate\.now\s*\(|\bnew Date\(\s*\)/g

  it('is read only to tell how far it is from the database', () => {
    const found = sources.filter((file) => withoutComments(file.text).search(CLOCK) !== -1).map((file) => file.name)
    expect(found).toEqual(['src/http/routes/operations.ts'])
  })
})
