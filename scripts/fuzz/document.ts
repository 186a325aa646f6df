import type { OpenAPIV3_1 } from 'openapi-types'

export type Document = OpenAPIV3_1.Document
export type Schema = Exclude<OpenAPIV3_1.SchemaObject, OpenAPIV3_1.ReferenceObject> & { readonly $ref?: string }
type Parameter = OpenAPIV3_1.ParameterObject
type Response = OpenAPIV3_1.ResponseObject

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof METHODS)[number]

/** One call of the document, with its references resolved one level deep: schemas keep theirs. */
export interface Operation {
  readonly id: string
  readonly method: Method
  /** With `{name}` for what is not fixed. */
  readonly path: string
  readonly needsKey: boolean
  /** As the description names it. */
  readonly scope: string | undefined
  readonly parameters: readonly Parameter[]
  readonly body:
    | {
        readonly required: boolean
        readonly mediaType: string
        readonly schema: Schema
        readonly examples: readonly unknown[]
      }
    | undefined
  readonly responses: Readonly<Record<string, Response>>
}

export function operationsOf(document: Document): readonly Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item = {}]) =>
    METHODS.flatMap((method) => {
      const operation = item[method.toLowerCase() as Lowercase<Method>]
      if (!operation) return []
      const scope = /Scope `([a-z_]+(?::[a-z_]+)?)`/.exec(operation.description ?? '')?.[1]
      return {
        id: operation.operationId ?? `${method} ${path}`,
        method,
        path,
        needsKey: (operation.security ?? document.security ?? []).length > 0,
        scope,
        parameters: (operation.parameters ?? []) as readonly Parameter[],
        body: bodyOf(operation.requestBody as OpenAPIV3_1.RequestBodyObject | undefined),
        responses: (operation.responses ?? {}) as Operation['responses'],
      }
    }),
  )
}

function bodyOf(body: OpenAPIV3_1.RequestBodyObject | undefined): Operation['body'] {
  const [entry] = Object.entries(body?.content ?? {})
  if (!entry) return undefined
  const [mediaType, { schema = {}, example, examples }] = entry
  const named = Object.values(examples ?? {}).flatMap((one) => ('value' in one ? [one.value] : []))
  return {
    required: body?.required ?? false,
    mediaType,
    schema: schema as Schema,
    examples: example === undefined ? named : [example, ...named],
  }
}

/** Of the whole path. */
export function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`)
}

/** The schema itself where it refers to another. */
export function resolved(document: Document, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/components/schemas/', '')
  if (name === undefined) return schema
  const found = document.components?.schemas?.[name]
  if (!found) throw new RangeError(`the document has no schema ${name}`)
  return resolved(document, found as Schema)
}
