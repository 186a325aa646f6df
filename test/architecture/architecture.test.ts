import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { findLostBuilders } from './builders.ts'
import { findEarlyUses } from './early-uses.ts'
import { findLayerBreaks } from './layers.ts'
import { readSources, withoutComments } from './sources.ts'

const sources = readSources('src')
const scripts = readSources('scripts')
const tools = readSources('tools')
const children = readSources('test/support')

describe('layers', () => {
  it('dependencies run one way: core <- store <- jobs <- http, web, scripts', () => {
    expect([...sources, ...scripts].flatMap(findLayerBreaks)).toEqual([])
  })

  it('the rule sees an import that points the wrong way', () => {
    const file = {
      name: 'src/store/scoring/scores.ts',
      text: `import type { App } from '../../http/app.ts'\nimport '../../core/base/time.ts'`,
    }
    expect(findLayerBreaks(file)).toEqual(['src/store/scoring/scores.ts (store) imports src/http/app.ts (http)'])
    const impure = {
      name: 'src/core/base/time.ts',
      text: `import { readFile } from 'node:fs/promises'\nimport { z } from 'zod'`,
    }
    expect(findLayerBreaks(impure)).toEqual(['src/core/base/time.ts (core) imports node:fs/promises'])
  })

  it.each([
    'src/core/base/time.ts',
    'src/store/scoring/scores.ts',
    'src/jobs/scoring/score.ts',
    'src/http/app.ts',
    'src/web/html.ts',
    'src/main.ts',
    'src/config.ts',
    'src/settings.ts',
  ])('the rule sees that %s imports the simulation', (name) => {
    const target = path.posix.relative(path.posix.dirname(name), 'src/simulation/options.ts')
    const text = `import type { Options } from '${target.startsWith('.') ? target : `./${target}`}'`
    expect(findLayerBreaks({ name, text })).toEqual([
      expect.stringMatching(/imports src\/simulation\/options\.ts \(simulation\)$/),
    ])
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
  // facts are written, which version comes after which: `store/facts/import` never reads as of an instant.
  const mayCompare = (name: string) =>
    ['src/core/', 'src/simulation/', 'src/store/facts/import/'].some((start) => name.startsWith(start)) ||
    name === 'src/store/features/known-before.ts'
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

describe('the record', () => {
  // Against an instant that is asked about. `>=` asks what has changed since; a lease compares with the clock.
  const COMPARED =
    /\b(?:stored_at|promoted_at|occurred_at)["'`]?\s*(?:,\s*["'`])?<=?(?!\s*(?:[\w${}]+\.)?\w+_at\b)|(?<![-=<>])>=?[^\S\n]*(?:[\w${}]+\.)?(?:stored_at|promoted_at|occurred_at)\b/g
  const mayCompare = (name: string) =>
    [
      'src/core/',
      'src/simulation/',
      'src/store/facts/import/',
      'src/store/features/known-before.ts',
      'src/store/features/stored-by.ts',
    ].some((start) => name.startsWith(start))
  /** Which of the facts around as-of came before it: an audit that looks into the future on purpose. */
  const AUDIT = 'src/store/evaluation/leakage-history.ts'

  it('as of an instant is compared in one file only: what stands at the instant itself has one answer', () => {
    const found = sources
      .filter((file) => !mayCompare(file.name) && file.name !== AUDIT)
      .flatMap((file) => [...withoutComments(file.text).matchAll(COMPARED)].map((match) => `${file.name}: ${match[0]}`))
    expect(found).toEqual([])
  })

  it('the rule sees comparisons in SQL and in builders, and not what changed since', () => {
    for (const text of [
      'where r.stored_at <= ${at}',
      'r.stored_at < $1::timestamptz',
      `.where('p.promoted_at', '<', at)`,
      `.where('e.occurred_at', '<=', at)`,
      '${at} >= r.stored_at',
    ]) {
      expect(text.match(COMPARED), text).not.toBeNull()
    }
    for (const text of ['r.stored_at >= ${since}', 'order by e.occurred_at', 'a.occurred_at < s.known_at']) {
      expect(text.match(COMPARED), text).toBeNull()
    }
  })
})

describe('facts of an account', () => {
  const FACTS = 'activity|intent_signal|business_event|customer_event|account_version|contact_version|opportunity'
  /** Where facts get their account, where the facts themselves are looked at, and the newest versions of each source. */
  const mayName = (name: string) =>
    [
      'src/store/facts/import/',
      'src/store/evaluation/time-machine.ts',
      'src/store/facts/unmatched.ts',
      'src/store/features/account-versions.ts',
    ].some((start) => name.startsWith(start))
  /** Statements that read the account of a fact without regard to merges. */
  function findOwnAccounts(text: string): readonly string[] {
    const rest = withoutComments(text)
    const tables = [...rest.matchAll(new RegExp(`\\b(?:from|join)\\s+(?:${FACTS})(?:\\s+as)?(?:[ \\t]+(\\w+))?`, 'g'))]
    const builders = [...rest.matchAll(new RegExp(`(?:From|Join)\\('(?:${FACTS})(?: as (\\w+))?'`, 'g'))]
    const aliases = new Set([...FACTS.split('|'), ...[...tables, ...builders].flatMap(([, alias]) => alias ?? [])])
    const used = [...rest.matchAll(/\b(\w+)\.account_id\b/g)].filter(([, alias = '']) => aliases.has(alias))
    const bare = tables.flatMap(
      ({ index }) => /^[^;]{0,300}?\b(?:where|and)\s+account_id\b/.exec(rest.slice(index)) ?? [],
    )
    return [...used.map(([found]) => found), ...bare].map((found) => found.slice(-40))
  }

  it('are found through merged-accounts.ts by every reader', () => {
    const found = sources
      .filter(({ name }) => !mayName(name))
      .flatMap((file) => findOwnAccounts(file.text).map((use) => `${file.name}: ${use}`))
    expect(found).toEqual([])
  })

  it.each([
    'select * from activity a where a.account_id = ${id}',
    'left join intent_signal as s on s.account_id = p.account_id',
    'select count(*) from opportunity where account_id = $1',
    `db.selectFrom('business_event as b').where('b.account_id', '=', id)`,
    'select c.account_id, c.kind from customer_event c',
  ])('the rule sees %s', (text) => {
    expect(findOwnAccounts(text)).not.toEqual([])
  })

  it.each([
    'select ${survivorOf(filedUnder("c"), at)} as account_id from customer_event c where ${filedUnder("c")} is not null',
    'from activity a where ${isPartOf("a", history)}',
    'from event e where e.account_id = ${id}',
  ])('and leaves alone %s', (text) => {
    expect(findOwnAccounts(text)).toEqual([])
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

describe('the top level of a module', () => {
  it('reaches no constant or class that is declared below', () => {
    const found = [...sources, ...scripts, ...tools, ...children].flatMap((file) =>
      findEarlyUses(file.text).map((early) => `${file.name}: ${early}`),
    )
    expect(found).toEqual([])
  })

  it.each([
    `await run()\nconst FOLDER = 'models'\nfunction run() { return FOLDER }`,
    `await runScript(() => run())\nasync function run() { return await find() }\nconst FOLDER = 'models'\nfunction find() { return FOLDER }`,
    `const table = make()\nfunction make() { return new Table() }\nclass Table {}`,
    `try { await run() } finally { stop() }\nexport const run = async () => undefined\nfunction stop() {}`,
    `export const first = { run: () => second }\nconst { second = 1 } = options`,
    `if (process.argv.length > 2) console.log(Level.high)\nenum Level { high }`,
    `export class Child extends Parent {}\nclass Parent {}`,
  ])('the rule sees one that is reached too early: %s', (text) => {
    expect(findEarlyUses(text)).toHaveLength(1)
  })

  it.each([
    `const FOLDER = 'models'\nawait run()\nfunction run() { return FOLDER }`,
    `export function run() { return FOLDER }\nconst FOLDER = 'models'`,
    `const run = () => FOLDER\nconst FOLDER = 'models'\nawait run()`,
    `await run({ name: 1 })\nconst name = 1\nfunction run({ name }: { name: number }) { return name }`,
    `await run()\nconst count = 1\nfunction run() { const count = 2; return [1].map((of) => of + count) }`,
    `await run()\ntype Name = 'a'\ninterface Of { name: Name }\nfunction run(of?: Name): Of | undefined { return undefined }`,
    `const tree = z.object({ get child() { return tree } })`,
  ])('leaves alone what is there in time: %s', (text) => {
    expect(findEarlyUses(text)).toEqual([])
  })
})

describe('the clock of this machine', () => {
  // Instants that are stored, answered or compared are the database's.
  const CLOCK = /\bDate\.now\s*\(|\bnew Date\(\s*\)/g

  it('is read only to measure its difference from the database clock', () => {
    const found = sources.filter((file) => withoutComments(file.text).search(CLOCK) !== -1).map((file) => file.name)
    expect(found).toEqual(['src/http/routes/operations/operations.ts'])
  })
})
