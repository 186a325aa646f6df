import type { Reason } from '../../core/facts/import/problems.ts'
import * as make from './dirt-makers.ts'

/**
 * The result of an import for each item: it is stored (another value, another time, one more row), counted as a repetition of
 * a key (`duplicate`; `updated` or `unchanged` when two batches hold the two rows), stored without an account, stored with one
 * cell unknown, which is listed, not seen as a record at all, or rejected for a reason.
 */
export type ImportOutcome =
  | 'taken'
  | 'repeated'
  | 'unmatched'
  | 'unknown_cell'
  | 'no_record'
  | Exclude<Reason, 'cell_unreadable'>

export interface DirtKind {
  readonly what: string
  readonly files: readonly string[]
  /** Share of the rows (for `ACCOUNT_DIRT`: of what `what` names) at dirt 1; at dirt 0.5 half of it. A row gets one kind at most. */
  readonly rate: number
  readonly outcome: ImportOutcome
}

export interface RowDirtKind extends DirtKind {
  /** The lines to write in place of the row; undefined where this dirt does not fit it. */
  readonly make: (soil: make.RowToSoil) => make.Soiled
}

const ENTITIES = ['accounts', 'contacts', 'opportunities', 'account-links']
const ALL = [...ENTITIES, ...make.LEAF_FILES]
const EVENTS = ['activities', 'business-events', 'customer-events']

export const ROW_DIRT: Readonly<Record<string, RowDirtKind>> = {
  repeated_row: {
    what: 'the row twice, to the byte',
    files: ALL,
    rate: 0.02,
    outcome: 'repeated',
    make: ({ row }) => [row, row],
  },
  corrected_fact: {
    what: 'the same key again with another kind or strength, known one to six weeks later',
    files: ['activities', 'intent-signals', 'business-events'],
    rate: 0.01,
    outcome: 'taken',
    make: make.correctedFact,
  },
  corrected_amount: {
    what: 'a closed opportunity again with another amount, known one to six weeks later',
    files: ['opportunities'],
    rate: 0.05,
    outcome: 'taken',
    make: make.correctedAmount,
  },
  misspelt_industry: {
    what: 'a letter dropped, doubled or in capitals',
    files: ['accounts'],
    rate: 0.05,
    outcome: 'taken',
    make: make.misspelt('industry'),
  },
  missing_country: {
    what: 'the country is empty',
    files: ['accounts'],
    rate: 0.04,
    outcome: 'taken',
    make: make.cell('country', ''),
  },
  misspelt_title: {
    what: 'as an industry',
    files: ['contacts'],
    rate: 0.03,
    outcome: 'taken',
    make: make.misspelt('title'),
  },
  free_mail_contact: {
    what: "a free-mail address in place of the company's",
    files: ['contacts'],
    rate: 0.04,
    outcome: 'taken',
    make: make.freeMail,
  },
  late_title: {
    what: 'a person without title, seniority, department and role, and two to ten weeks later the version with them',
    files: ['contacts'],
    rate: 0.1,
    outcome: 'taken',
    make: make.lateTitle,
  },
  late_row: {
    what: 'known two to eight weeks later than it would have been',
    files: ['activities', 'business-events', 'intent-signals'],
    rate: 0.03,
    outcome: 'taken',
    make: make.late,
  },
  late_link: {
    what: 'the link is known two to eight weeks later',
    files: ['account-links', 'opportunity-contacts'],
    rate: 0.1,
    outcome: 'taken',
    make: make.late,
  },
  unmatched_domain: {
    what: 'one more fact, of a company that nobody has on file',
    files: ['activities', 'intent-signals', 'business-events'],
    rate: 0.02,
    outcome: 'unmatched',
    make: make.strangersDomain,
  },
  free_mail_visitor: {
    what: 'one more form, of somebody with a free-mail address',
    files: ['activities'],
    rate: 0.01,
    outcome: 'unmatched',
    make: make.strangersForm,
  },
  bad_instant: {
    what: '31/02 at 25:61',
    files: [...EVENTS, 'opportunities'],
    rate: 0.006,
    outcome: 'bad_instant',
    make: make.badInstant,
  },
  no_time_zone: {
    what: 'a time without an offset',
    files: EVENTS,
    rate: 0.004,
    outcome: 'no_time_zone',
    make: make.noTimeZone,
  },
  bad_day: { what: '30 February', files: ['intent-signals'], rate: 0.004, outcome: 'bad_date', make: make.badDay },
  text_in_number: {
    what: 'strength "high"',
    files: ['intent-signals'],
    rate: 0.01,
    outcome: 'bad_number',
    make: make.brokenCell('strength', 'high'),
  },
  unreadable_cell: {
    what: 'in a cell that may be empty: "about 200" employees, amount "12,500.00 or so", seniority "Head of"',
    files: ['accounts', 'opportunities', 'contacts'],
    rate: 0.01,
    outcome: 'unknown_cell',
    make: make.unreadableCell,
  },
  out_of_range: {
    what: 'a strength of 250',
    files: ['intent-signals'],
    rate: 0.002,
    outcome: 'out_of_range',
    make: make.brokenCell('strength', '250'),
  },
  unknown_choice: {
    what: 'outcome "Closed Won"',
    files: ['opportunities'],
    rate: 0.01,
    outcome: 'bad_choice',
    make: make.brokenCell('outcome', 'Closed Won'),
  },
  missing_kind: {
    what: 'the kind is empty',
    files: EVENTS,
    rate: 0.004,
    outcome: 'missing_value',
    make: make.brokenCell('kind', ''),
  },
  close_without_date: {
    what: 'won, and no date of closing',
    files: ['opportunities'],
    rate: 0.01,
    outcome: 'outcome_without_close',
    make: make.closeWithoutDate,
  },
  too_few_cells: {
    what: 'the line ends after its first two cells, before one that it needs',
    files: ALL.filter((file) => !['accounts', 'contacts', 'opportunity-contacts'].includes(file)),
    rate: 0.003,
    outcome: 'wrong_column_count',
    make: make.tooFewCells,
  },
  short_row: {
    what: 'the line ends before its last cells, which are empty',
    files: ['activities'],
    rate: 0.003,
    outcome: 'taken',
    make: make.shortRow,
  },
  too_many_cells: {
    what: 'a cell too many, with something in it',
    files: ALL,
    rate: 0.003,
    outcome: 'wrong_column_count',
    make: make.tooManyCells,
  },
  trailing_comma: {
    what: 'a comma too many at the end',
    files: ALL,
    rate: 0.003,
    outcome: 'taken',
    make: make.trailingComma,
  },
  stray_quote: {
    what: 'a quote within a cell',
    files: ALL,
    rate: 0.003,
    outcome: 'malformed_csv',
    make: make.strayQuote,
  },
  blank_line: {
    what: 'a line with nothing on it',
    files: ALL,
    rate: 0.005,
    outcome: 'no_record',
    make: ({ row }) => [row, ''],
  },
  unknown_account: {
    what: 'a link of an account that nobody has',
    files: ['account-links'],
    rate: 0.02,
    outcome: 'unknown_account',
    make: make.dangling('account_external_id'),
  },
  unknown_contact: {
    what: 'an opportunity with a person whom nobody has',
    files: ['opportunity-contacts'],
    rate: 0.02,
    outcome: 'unknown_contact',
    make: make.dangling('contact_external_id'),
  },
  unknown_opportunity: {
    what: 'a stage of an opportunity that nobody has',
    files: ['stage-history'],
    rate: 0.01,
    outcome: 'unknown_opportunity',
    make: make.dangling('opportunity_external_id'),
  },
}

export const ENRICHMENT_FILE = 'accounts-enrichment'

/** Dirt that takes an account as a whole. */
export const ACCOUNT_DIRT = {
  second_account: {
    what: 'of accounts: again in the CRM, under another id and a misspelt name, without a domain, up to a year later',
    files: ['accounts'],
    rate: 0.04,
    outcome: 'taken',
  },
  contact_of_second_account: {
    what: 'of the people of such an account: filed under its second id',
    files: ['contacts'],
    rate: 0.4,
    outcome: 'taken',
  },
  enriched: {
    what: 'of accounts: a row of a second system (source enrichment), known later than that of the CRM',
    files: [ENRICHMENT_FILE],
    rate: 0.6,
    outcome: 'taken',
  },
  enriched_industry_differs: {
    what: 'of those: another industry than the CRM',
    files: [ENRICHMENT_FILE],
    rate: 0.15,
    outcome: 'taken',
  },
  enriched_employees_differ: {
    what: 'of those: other employees, by a factor of about 1.4 either way',
    files: [ENRICHMENT_FILE],
    rate: 0.5,
    outcome: 'taken',
  },
  shared_domain: {
    what: "of accounts: once more under the second system's own id, with the same domain, which from then on identifies neither",
    files: [ENRICHMENT_FILE],
    rate: 0.01,
    outcome: 'taken',
  },
  fact_of_shared_domain: {
    what: 'the facts from then on that only such a domain could have brought to their account: all of them',
    files: ['activities', 'intent-signals', 'business-events'],
    rate: 1,
    outcome: 'unmatched',
  },
} as const satisfies Readonly<Record<string, DirtKind>>
