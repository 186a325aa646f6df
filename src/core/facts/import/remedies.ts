import type { Reason } from './problems.ts'

/** For each reason of rejection, how to fix the rows. docs/import.md explains the reasons. */
export const REMEDIES: Readonly<Record<Reason, string>> = {
  malformed_csv: 'export the file again, with quotes inside of quoted cells doubled, or state --delimiter',
  malformed_json: 'write one JSON object a line',
  bad_json_value: 'send plain values, and lists where a list is wanted; a mapping may name nested ones by dotted paths',
  unknown_key: 'rename the key by a mapping, keep it in "attributes", or "ignore" it',
  too_large: 'send fewer values in the row; where the line itself is too long, look for a quote that is never closed',
  wrong_column_count: 'state --delimiter if the cells are not split where they should be, or export the file again',
  missing_value: 'export the file with this column filled, or map another column or a constant to it',
  cell_unreadable: 'correct the cell, or map another column: the row is kept, and of this cell nothing is known',
  too_long: 'map another column: this one holds text where a name or an id is wanted',
  bad_key: 'export the ids as text: open the file in a spreadsheet by importing it, with the column of ids as text',
  several_ids: 'export one row for each id, or say in the mapping which of them is meant',
  bad_character: 'state --encoding, or export the file as UTF-8',
  bad_choice: 'translate the values of the column by "values" in a mapping',
  unmapped_value: 'add the value to "values" of the mapping, or state what it "otherwise" is',
  bad_instant:
    'state how the column writes dates by "format" in a mapping; a column that only counts the rows is its "order"',
  no_time_zone: 'state --time-zone, or "time_zone" in a mapping: the times of the file have no offset',
  no_such_local_time: 'check --time-zone, or "time_zone" in the mapping: its clocks skipped this time',
  bad_date: 'state how the column writes days by "format" in a mapping',
  bad_month: 'write months as 2025-01, or state "format" in a mapping',
  bad_number: 'check that the right column is mapped, or export numbers as 1234.5',
  ambiguous_number: 'state --decimal comma or --decimal point, or "decimal" in a mapping',
  ambiguous_date: 'state how the column writes dates by "format" in a mapping, such as d/M/yyyy or M/d/yyyy',
  bad_currency:
    'write currencies as three letters, such as EUR, the same beside the amount as in it, or map a constant',
  bad_boolean: 'write true or false, or translate the values by "values" in a mapping',
  bad_domain: 'map the column that holds the domain, such as acme.com',
  bad_email: 'map the column that holds the email address, or leave the cell empty',
  bad_address: 'map the column that holds the IP address',
  bad_network: 'write networks as 192.0.2.0/24',
  out_of_range: 'check that the right column is mapped: the value lies outside of what this field can be',
  no_subject: 'export the account or the domain with each row',
  period_reversed: 'check which column is mapped to the start of the period, and which to its end',
  closed_before_opened: 'check which columns are mapped to the opening and to the close, and their time zones',
  opened_twice: 'check the column of the id: two opportunities may share one, as where a spreadsheet has rounded it',
  outcome_without_close:
    'export the date of the close with what is won or lost; a table without dates names the column that counts its rows as "order" in a mapping',
  close_without_outcome: 'map what says whether it was won or lost, or leave the close out of what is open',
  known_before_close: 'check which column is mapped to known_at: an outcome is not known before the close',
  day_in_order: 'leave the day out of the file, or import into another database: positions and days cannot be compared',
  known_in_future: 'send known_at only up to now',
  merge_refused: 'remove the row: a merge is final, and of each account there is one',
  unknown_account: 'import the accounts first, then this file again',
  unknown_contact: 'import the contacts first, then this file again',
  no_account:
    'nothing, if these deals have no company: no account can be scored by them. Else associate them in the CRM, and export the column of the company',
  unknown_opportunity:
    'import the opportunities first, each with its account and the time at which it opened, then this file',
}
