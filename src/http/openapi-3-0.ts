type Json = unknown
type JsonObject = Readonly<Record<string, Json>>

/**
 * The same document as OpenAPI 3.0.3, for what reads nothing newer, such as Salesforce External Services. What 3.0 has other
 * words for is said in them (null, constants, examples, exclusive bounds); what it cannot say is left out, so that the
 * document describes no less than what is accepted and answered.
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
  return isObject(license) ? { ...info, license: { name: license['name'] } } : info
}

/** Schemas stand under `schema`; examples beside them are anybody's values and stay as they are. */
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

/** Said alike in both versions. */
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
  const kept = Object.fromEntries(KEPT.flatMap((name) => (name in schema ? [[name, schema[name]]] : [])))
  return {
    ...kept,
    ...typeOf(schema),
    ...valuesOf(schema),
    ...boundsOf(schema),
    ...membersOf(schema),
    ...branchesOf(schema),
  }
}

function typeOf({ type, ...schema }: JsonObject): JsonObject {
  if (!Array.isArray(type))
    return type === 'null' ? { nullable: true, enum: [null] } : type === undefined ? {} : { type }
  const others = type.filter((one) => one !== 'null')
  const nullable = others.length < type.length ? { nullable: true } : {}
  if (others.length === 1) {
    // A list of values must name null itself, or it is not among them.
    const { enum: values } = schema
    const isMissing = Array.isArray(values) && 'nullable' in nullable && !values.includes(null)
    return { type: others[0], ...nullable, ...(isMissing && { enum: [...values, null] }) }
  }
  return { anyOf: others.map((one) => (one === 'array' ? { type: one, items: {} } : { type: one })), ...nullable }
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
    ...(isObject(additionalProperties) && { additionalProperties: schema30(additionalProperties) }),
    ...(isList && { items: isObject(items) ? schema30(items) : Array.isArray(prefixItems) ? anyOf(prefixItems) : {} }),
    ...(isObject(not) && { not: schema30(not) }),
  }
}

/** A branch that is null makes the rest nullable. */
function branchesOf(schema: JsonObject): JsonObject {
  const found = COMBINING.flatMap((name): [string, Json][] => {
    const branches = schema[name]
    if (!Array.isArray(branches)) return []
    const others = (branches as readonly JsonObject[]).filter(({ type }) => type !== 'null')
    const [only] = others
    if (others.length === branches.length) return [[name, others.map(schema30)]]
    if (only && others.length === 1) {
      const one = schema30(only)
      const isReference = '$ref' in one
      return [...Object.entries(isReference ? { allOf: [one] } : one), ['nullable', true]]
    }
    return [
      [name, others.map(schema30)],
      ['nullable', true],
    ]
  })
  return Object.fromEntries(found)
}

function anyOf(schemas: readonly Json[]): JsonObject {
  return { anyOf: schemas.map((schema) => schema30(schema as JsonObject)) }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
