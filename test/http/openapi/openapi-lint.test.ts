import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schemaChecker } from '../../../scripts/fuzz/conformance.ts'
import type { Document, Schema } from '../../../scripts/fuzz/document.ts'
import { startTestService, type TestService } from '../support.ts'

const ROOT = path.join(import.meta.dirname, '../../..')
const LINTER = path.join(ROOT, 'node_modules/@redocly/cli/bin/cli.js')
const DOCUMENTS = ['openapi.json', 'openapi-3.0.json'] as const

let service: TestService
let folder: string
beforeAll(async () => {
  service = await startTestService()
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-openapi-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await service.close()
})

async function textOf(name: string): Promise<string> {
  return (await service.call({ url: `/${name}`, key: null })).body
}

describe.each(DOCUMENTS)('%s', (name) => {
  it('has no fault that the linter of Redocly finds', { timeout: 300_000 }, async () => {
    const file = path.join(folder, name)
    await writeFile(file, await textOf(name))
    expect(await lint(file)).toEqual({ errors: 0, warnings: 0, ignored: 0 })
    // It would find one.
    await writeFile(file, (await textOf(name)).replace('"type":"integer"', '"type":"whole number"'))
    expect(await lint(file)).not.toMatchObject({ errors: 0 })
  })

  it('has examples that its schemas accept, wherever they stand', async () => {
    const document = withNumericBounds(JSON.parse(await textOf(name))) as Document
    const check = schemaChecker(document)
    const examples = [...examplesIn(document, '#')]
    expect(examples.length).toBeGreaterThan(200)
    const faults = examples.flatMap(({ at, schema, value }) => {
      const fault = check(schema, value)
      return fault === undefined ? [] : [`${at}: ${fault} in ${JSON.stringify(value)}`]
    })
    expect(faults).toEqual([])
  })
})

describe('openapi-3.0.json', () => {
  it('has a type beside each nullable, and null in each nullable list of values', async () => {
    const nullables = [...objectsIn(JSON.parse(await textOf('openapi-3.0.json')))].filter(
      ({ nullable }) => nullable === true,
    )
    expect(nullables.length).toBeGreaterThan(100)
    expect(nullables.filter(({ type }) => typeof type !== 'string')).toEqual([])
    expect(nullables.filter(({ enum: values }) => Array.isArray(values) && !values.includes(null))).toEqual([])
  })
})

async function lint(file: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [LINTER, 'lint', file, '--config', path.join(ROOT, 'redocly.yaml'), '--format', 'json'],
    {
      maxBuffer: 64 * 2 ** 20,
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    },
  ).catch((error: unknown) => {
    // It ends with 1 when it finds something, which its output says.
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string') return { stdout: error.stdout }
    throw error
  })
  return (JSON.parse(stdout) as { readonly totals: unknown }).totals
}

type JsonObject = Readonly<Record<string, unknown>>

interface Example {
  readonly at: string
  readonly schema: Schema
  readonly value: unknown
}

/** Beside `schema` (of a body, a parameter, a header), and in schemas themselves. */
function* examplesIn(part: unknown, at: string): Generator<Example> {
  if (!isObject(part)) return
  const { schema, example, examples } = part
  const own = isObject(schema) ? schema : part
  if (example !== undefined) yield { at, schema: own, value: example }
  if (Array.isArray(examples)) for (const value of examples) yield { at, schema: own, value }
  else if (isObject(examples))
    for (const named of Object.values(examples)) if (isObject(named)) yield { at, schema: own, value: named['value'] }
  for (const [key, inner] of Object.entries(part)) {
    if (key === 'example' || key === 'examples' || key === 'default' || key === 'enum') continue
    const members = key === 'properties' || Array.isArray(inner) ? Object.entries(inner as object) : undefined
    if (!members) yield* examplesIn(inner, `${at}/${key}`)
    else for (const [name, member] of members) yield* examplesIn(member, `${at}/${key}/${name}`)
  }
}

function* objectsIn(part: unknown): Generator<JsonObject> {
  if (typeof part !== 'object' || part === null) return
  if (!Array.isArray(part)) yield part as JsonObject
  for (const inner of Object.values(part)) yield* objectsIn(inner)
}

/** OpenAPI 3.0 says of a bound that it is exclusive; JSON Schema of today has another word for it. */
function withNumericBounds(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withNumericBounds)
  if (!isObject(part)) return part
  const { exclusiveMinimum, exclusiveMaximum, ...rest } = Object.fromEntries(
    Object.entries(part).map(([name, inner]) => [name, withNumericBounds(inner)]),
  )
  return {
    ...rest,
    ...(exclusiveMinimum !== undefined && {
      exclusiveMinimum: exclusiveMinimum === true ? rest['minimum'] : exclusiveMinimum,
    }),
    ...(exclusiveMaximum !== undefined && {
      exclusiveMaximum: exclusiveMaximum === true ? rest['maximum'] : exclusiveMaximum,
    }),
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
