import { type Content, html, type Html } from './html.ts'

export interface TableColumn<Row> {
  readonly title: string
  readonly cell: (row: Row, position: number) => Content
  /** Tabular figures, aligned right. */
  readonly numeric?: boolean
}

export interface Table<Row> {
  readonly caption: Content
  /** The first column is the row header. */
  readonly columns: readonly TableColumn<Row>[]
  readonly rows: readonly Row[]
  readonly className?: (row: Row) => string
}

/**
 * On a phone each row becomes a card that repeats the column's title before each value. The roles are explicit because CSS
 * that changes a table's layout removes the implicit ones.
 */
export function table<Row>({ caption, columns, rows, className }: Table<Row>): Html {
  const head = columns.map(
    ({ title, numeric }) => html`<th role="columnheader" scope="col"${classOf(numeric ? 'numeric' : '')}>${title}</th>`,
  )
  return html`<table role="table">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => tableRow(columns, row, className?.(row) ?? ''))}</tbody>
</table>`
}

/** A table behind a summary; open when printed. */
export function foldedTable<Row>(summary: string, folded: Table<Row>): Html {
  return html`<details><summary>${summary}</summary>
${table(folded)}
</details>`
}

function tableRow<Row>(columns: readonly TableColumn<Row>[], row: Row, className: string): Html {
  const cells = columns.map(({ title, cell, numeric }, position) =>
    position === 0
      ? html`<th role="rowheader" scope="row">${cell(row, position)}</th>`
      : html`<td role="cell"${classOf(numeric ? 'numeric' : '')} data-label="${title}"><span>${cell(row, position)}</span></td>`,
  )
  return html`<tr role="row"${classOf(className)}>${cells}</tr>
`
}

function classOf(name: string): Html | null {
  return name === '' ? null : html` class="${name}"`
}
