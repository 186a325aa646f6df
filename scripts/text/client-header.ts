import { createHash } from 'node:crypto'

/** What the generated client is made from. */
export interface ClientInput {
  /** The OpenAPI document as JSON. */
  readonly document: string
  /** The files that state the generator: its configuration and its locked version. */
  readonly generator: readonly string[]
}

/** The first line of the generated client: equal for equal input, so that the client is generated when its input changes. */
export function clientHeader({ document, generator }: ClientInput): string {
  return `// OpenAPI document: SHA-256 ${sha256(document)}; generator: SHA-256 ${sha256(JSON.stringify(generator))}\n`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
