type Json = unknown
type JsonObject = Readonly<Record<string, Json>>

/**
 * Converts the document to OpenAPI 3.0.3 for readers without support for 3.1, such as Salesforce External Services. Null,
 * constants, examples and exclusive bounds are translated; constraints that 3.0 cannot express are dropped, so the document
 * never allows less than the service.
 */
export function toOpenApi30(document: object): JsonObject {
  const { info, paths, components, ...rest } = document as JsonObject
  const parts = isObject(components) ? components : {}
  const schemas = Object.entries(isObject(parts['schemas']) ? parts['schemas'] : {})
  return {
    ...rest,
    openapi: '3.0.3',
    info: withoutIdentifier(isObject(info) ? info : {}),
    paths: converted(paths),
    components: {
      ...parts,
      schemas: Object.fromEntries(schemas.map(([name, schema]) => [name, schema30(schema as JsonObject)])),
    },
  }
}

function withoutIdentifier({ license, ...info }: JsonObject): JsonObject {
  if (!isObject(license)) return info
  const { identifier, name } = license
  return {
    ...info,
    license: { name, ...(typeof identifier === 'string' && { url: `https://spdx.org/licenses/${identifier}.html` }) },
  }
}

/** Converts the schemas under `schema`; examples are left unchanged. */
function converted(value: Json): Json {
  if (Array.isArray(value)) return value.map(converted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (name === 'example' || name === 'examples') return [name, inner]
      return [name, name === 'schema' && isObject(inner) ? schema30(inner) : converted(inner)]
    }),
  )
}

/** Keywords that both versions have. */
const KEPT = [
  'title',
  'description',
  'default',
  'enum',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'multipleOf',
  'minimum',
  'maximum',
  'required',
  'deprecated',
  'readOnly',
  'writeOnly',
  'example',
] as const
const COMBINING = ['allOf', 'anyOf', 'oneOf'] as const

function schema30(schema: JsonObject): JsonObject {
  const { $ref, ...beside } = schema
  if (typeof $ref === 'string') {
    const more = schema30(beside)
    return Object.keys(more).length === 0 ? { $ref } : { ...more, allOf: [{ $ref }] }
  }
  if (schema['type'] === 'null' || schema['const'] === null) return { ...described(schema), ...NOTHING }
  const { isNullable, ...typed } = typeOf(schema)
  const { isNullable: hasNullBranch, ...branches } = branchesOf(schema)
  const kept = Object.fromEntries(KEPT.flatMap((name) => (name in schema ? [[name, schema[name]]] : [])))
  const whole = {
    ...kept,
    ...typed,
    ...valuesOf(schema),
    ...boundsOf(schema),
    ...membersOf(schema),
    ...branches,
  }
  return isNullable || hasNullBranch ? nullable(whole) : whole
}

/** The schema of null: 3.0 allows `nullable` only with a type. */
const NOTHING: JsonObject = { type: 'string', nullable: true, enum: [null] }

function described({ title, description }: JsonObject): JsonObject {
  return { ...(title !== undefined && { title }), ...(description !== undefined && { description }) }
}

/**
 * The schema or null. `nullable` needs a type, an enum must contain null itself, and combined schemas must allow null:
 * otherwise null is not allowed despite `nullable`.
 */
function nullable(schema: JsonObject): JsonObject {
  const combining = COMBINING.filter((name) => name in schema)
  const { type, enum: values } = schema
  if (type !== undefined && combining.length === 0) {
    const isMissing = Array.isArray(values) && !values.includes(null)
    return { ...schema, nullable: true, ...(isMissing && { enum: [...(values as Json[]), null] }) }
  }
  const [only] = combining
  if (type === undefined && values === undefined && combining.length === 1 && (only === 'anyOf' || only === 'oneOf'))
    return { ...schema, [only]: [...(schema[only] as Json[]), NOTHING] }
  const { title, description, example, default: standard, ...rest } = schema
  const beside = { title, description, example, default: standard }
  const named = Object.fromEntries(Object.entries(beside).filter(([, value]) => value !== undefined))
  const { allOf } = rest
  const isReference = Object.keys(rest).length === 1 && Array.isArray(allOf) && allOf.length === 1
  return { ...named, anyOf: [isReference ? (allOf[0] as Json) : rest, NOTHING] }
}

function typeOf({ type, enum: values }: JsonObject): JsonObject & { readonly isNullable?: boolean } {
  if (type === undefined && Array.isArray(values) && values.every((value) => typeof value === 'string'))
    return { type: 'string' }
  if (!Array.isArray(type)) return type === undefined ? {} : { type }
  const others = type.filter((one) => one !== 'null')
  const isNullable = others.length < type.length
  if (others.length === 1) return { type: others[0], isNullable }
  return { anyOf: others.map((one) => (one === 'array' ? { type: one, items: {} } : { type: one })), isNullable }
}

function valuesOf(schema: JsonObject): JsonObject {
  const { examples } = schema
  return {
    ...('const' in schema && { enum: [schema['const']] }),
    ...(Array.isArray(examples) && examples.length > 0 && { example: examples[0] as Json }),
  }
}

function boundsOf({ exclusiveMinimum, exclusiveMaximum }: JsonObject): JsonObject {
  return {
    ...(typeof exclusiveMinimum === 'number' && { minimum: exclusiveMinimum, exclusiveMinimum: true }),
    ...(typeof exclusiveMaximum === 'number' && { maximum: exclusiveMaximum, exclusiveMaximum: true }),
  }
}

function membersOf({ type, properties, additionalProperties, items, not, prefixItems }: JsonObject): JsonObject {
  const isList = type === 'array' || (Array.isArray(type) && type.includes('array') && type.length <= 2)
  return {
    ...(isObject(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, inner]) => [name, schema30(inner as JsonObject)]),
      ),
    }),
    ...(typeof additionalProperties === 'boolean' && { additionalProperties }),
    ...(isObject(additionalProperties) && {
      additionalProperties: Object.keys(additionalProperties).length === 0 || schema30(additionalProperties),
    }),
    ...(isList && { items: isObject(items) ? schema30(items) : Array.isArray(prefixItems) ? anyOf(prefixItems) : {} }),
    ...(isObject(not) && { not: schema30(not) }),
  }
}

/** A branch that is null makes the rest nullable. */
function branchesOf(schema: JsonObject): JsonObject & { readonly isNullable?: boolean } {
  let isNullable = false
  const found = COMBINING.flatMap((name): [string, Json][] => {
    const branches = schema[name]
    if (!Array.isArray(branches)) return []
    const others = (branches as readonly JsonObject[]).filter(({ type }) => type !== 'null')
    const written = others.map((branch) => schema30(withTypeOf(schema, branch)))
    if (others.length === branches.length) return [[name, written]]
    isNullable = true
    const [only] = others
    if (!only || others.length > 1) return [[name, written]]
    const one = schema30(only)
    return Object.entries('$ref' in one ? { allOf: [one] } : one)
  })
  return { ...Object.fromEntries(found), isNullable }
}

/** Some readers of 3.0 require a type in every schema. */
function withTypeOf({ type }: JsonObject, branch: JsonObject): JsonObject {
  const isTyped = ['type', '$ref', 'not', ...COMBINING].some((name) => name in branch)
  return typeof type !== 'string' || isTyped ? branch : { type, ...branch }
}

function anyOf(schemas: readonly Json[]): JsonObject {
  return { anyOf: schemas.map((schema) => schema30(schema as JsonObject)) }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
