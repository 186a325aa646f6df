/** How many rows of a kind the data have, and of how many accounts. */
export interface Found {
  readonly kind: string
  readonly rows: number
  readonly accounts: number
}

export interface FieldFound {
  readonly field: string
  readonly type: 'number' | 'text' | 'boolean' | 'list'
  readonly accounts: number
  /** Different values. */
  readonly values: number
}

/** What a company's data hold that features can be computed from. Facts without an account are not counted. */
export interface Inventory {
  readonly accounts: number
  readonly fields: readonly FieldFound[]
  readonly contacts: {
    readonly accounts: number
    /** Accounts with a contact whose title, seniority, department or buying role is stated. */
    readonly withRole: number
    /** Contacts with the date on which they became marketing-qualified leads. */
    readonly mqlDates: number
  }
  /** What the buyer did. */
  readonly activities: readonly Found[]
  /** Accounts with an activity of the buyer by a known contact, and by nobody known. */
  readonly named: number
  readonly anonymous: number
  /** Activities of sales and of systems, which are no evidence. */
  readonly reach: number
  readonly businessEvents: readonly Found[]
  readonly customerEvents: readonly Found[]
  readonly intentTopics: readonly Found[]
  /** Closed ones, by `won` and `lost`. */
  readonly opportunities: readonly Found[]
}
