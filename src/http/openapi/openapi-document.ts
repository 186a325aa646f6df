import type { OpenAPIV3_1 } from 'openapi-types'

export type Document = Partial<OpenAPIV3_1.Document>
export type Schema = Exclude<OpenAPIV3_1.SchemaObject, OpenAPIV3_1.ReferenceObject> & { readonly $ref?: string }

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const

export function eachOperation(
  document: Document,
  visit: (operation: OpenAPIV3_1.OperationObject, path: string, method: (typeof METHODS)[number]) => void,
): void {
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) if (item?.[method]) visit(item[method], path, method)
  }
}

/** The schema that `$ref` names, or the schema itself. */
export function resolvedSchema(document: Document, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/components/schemas/', '')
  if (name === undefined) return schema
  const found = document.components?.schemas?.[name]
  if (!found) throw new RangeError(`the document has no schema ${name}`)
  return resolvedSchema(document, found as Schema)
}
