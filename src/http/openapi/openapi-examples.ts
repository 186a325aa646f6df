import type { OpenAPIV3_1 } from 'openapi-types'
import { type Document, eachOperation, resolvedSchema, type Schema } from './openapi-document.ts'

const EXAMPLE_INSTANT = '2026-03-02T09:30:00.000000Z'
const EXAMPLE_VERSION = 'm-0f1e2d3c4b5a6978'

/** Adds an example to every 2xx response: that of its schema, or one built from the examples of its members. */
export function withExamples(document: Document): Document {
  const exampleOf = (schema: Schema, name = ''): unknown => {
    const known = resolvedSchema(document, schema)
    if (known.examples?.[0] !== undefined) return known.examples[0]
    if ('default' in known) return known.default
    if ('const' in known) return known.const
    if (known.enum) return known.enum[0]
    const branches = [known.anyOf, known.oneOf].flatMap((some) => some ?? []) as readonly Schema[]
    if (branches.some(({ type }) => type === 'null')) return null
    const [first] = branches
    if (first) return exampleOf(first, name)
    switch (Array.isArray(known.type) ? (known.type.includes('null') ? 'null' : known.type[0]) : known.type) {
      case 'object':
        return Object.fromEntries(
          Object.entries((known.properties ?? {}) as Readonly<Record<string, Schema>>)
            .filter(([member]) => known.required?.includes(member))
            .map(([member, inner]) => [member, exampleOf(inner, member)]),
        )
      case 'array':
        return 'items' in known ? [exampleOf(known.items as Schema, name)] : []
      case 'string':
        return exampleText(name)
      case 'integer':
      case 'number':
        return known.minimum ?? 1
      case 'boolean':
        return true
      default:
        return null
    }
  }
  eachOperation(document, ({ responses = {} }) => {
    for (const [status, response] of Object.entries(responses)) {
      if (!status.startsWith('2') || !('content' in response)) continue
      for (const media of Object.values(response.content ?? {})) addExample(media, exampleOf)
    }
  })
  return document
}

function addExample(media: OpenAPIV3_1.MediaTypeObject, exampleOf: (schema: Schema) => unknown): void {
  if (media.example === undefined && media.examples === undefined)
    media.example = exampleOf((media.schema ?? {}) as Schema)
}

function exampleText(name: string): string {
  if (name === 'version' || name.endsWith('_version')) return EXAMPLE_VERSION
  return /(?:^as_of|_at|_since|_until)$/.test(name) ? EXAMPLE_INSTANT : 'text'
}
