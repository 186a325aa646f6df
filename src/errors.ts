/** The closed list of codes. `http` maps each one to a status. */
export type ErrorCode =
  | 'BodyRefused'
  | 'BodyTooLarge'
  | 'ChampionChanged'
  | 'ConfigInvalid'
  | 'DatabaseUnavailable'
  | 'ImportFailed'
  | 'ImportRefused'
  | 'KeyEnded'
  | 'MediaTypeRefused'
  | 'MergeRefused'
  | 'MigrationRefused'
  | 'ModelNotFound'
  | 'ModelNotProven'
  | 'ModelUnusable'
  | 'NoChampion'
  | 'NothingToRollBack'
  | 'OptionInvalid'
  | 'PostgresBinariesMissing'
  | 'ServiceStopping'
  | 'SpecificationInvalid'
  | 'StreamInterrupted'
  | 'TrainingRefused'

/** The project's only error class. Expected outcomes are values, not errors. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  /** JSON Pointer to the faulty part of a request body. */
  readonly pointer: string | undefined
  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { readonly pointer?: string }) {
    super(message, options)
    this.code = code
    this.pointer = options?.pointer
  }
}
