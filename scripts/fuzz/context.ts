import type { AnswerChecker, Answer, SchemaCheck } from './conformance.ts'
import type { Document, Operation } from './document.ts'
import type { ConcreteRequest } from './evaluate-answer.ts'
import type { Pools } from './pools.ts'
import type { Client } from './send.ts'
import type { Keys } from './service.ts'

export interface Finding {
  readonly operation: string
  readonly kind: string
  readonly fault: string
  readonly request: string
}

export interface FuzzOptions {
  readonly cases: number
  readonly seed: number
  /** Only these; all unless given. */
  readonly operations?: readonly string[] | undefined
  readonly progress?: (line: string) => void
}

export interface FuzzResult {
  readonly operations: number
  readonly cases: number
  readonly requests: number
  readonly accepted: number
  readonly findings: readonly Finding[]
}

export interface Fuzz {
  readonly document: Document
  readonly operations: readonly Operation[]
  readonly client: Client
  readonly keys: Keys
  readonly pools: Pools
  readonly check: SchemaCheck
  readonly checkFormats: SchemaCheck
  readonly checkAnswer: AnswerChecker
  readonly found: (finding: Finding) => void
  /** Sends a request, makes the checks that every answer must pass, and keeps its values. */
  send(operation: Operation, kind: string, request: ConcreteRequest): Promise<Answer>
}
