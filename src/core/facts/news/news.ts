import { counted } from '../../base/counted.ts'

/** What a row says that we did not have, beside being new: docs/import.md explains each. */
export const NEWS = [
  'reopened',
  'closed',
  'outcome_changed',
  'outcome_waits',
  'close_moved',
  'amount_changed',
  'stage_changed',
  'owner_changed',
  'account_changed',
  'other_changed',
  'deleted',
  'restored',
  'nothing_to_delete',
  'nothing_to_merge',
  'closed_before_opened',
  'contradicted',
] as const
export type News = (typeof NEWS)[number]

/** How many rows say each. A row may say several. */
export type NewsCounts = Readonly<Partial<Record<News, number>>>

export function countNews(rows: Iterable<readonly News[]>): NewsCounts {
  const counts = new Map<News, number>()
  for (const said of rows) for (const news of said) counts.set(news, (counts.get(news) ?? 0) + 1)
  return inOrder(counts)
}

export function sumOfNews(all: readonly NewsCounts[]): NewsCounts {
  const sumOf = (news: News) => all.reduce((sum, counts) => sum + (counts[news] ?? 0), 0)
  return inOrder(new Map(NEWS.map((news) => [news, sumOf(news)])))
}

function inOrder(counts: ReadonlyMap<News, number>): NewsCounts {
  return Object.fromEntries(NEWS.flatMap((news) => (counts.get(news) ? [[news, counts.get(news)]] : [])))
}

/** What a reader of the summary has to know or do about the news, a sentence each. */
export function newsNotes({
  reopened = 0,
  outcome_waits: waits = 0,
  nothing_to_delete: gone = 0,
  nothing_to_merge: unseen = 0,
  closed_before_opened: reversed = 0,
}: NewsCounts): string[] {
  return [
    ...(reopened === 0
      ? []
      : [
          `${counted(reopened, 'opportunity that was closed is', 'opportunities that were closed are')} open again. Where a row has no known_at that is ` +
            'known since this import: state known_at to say since when. If this file is older than the one that closed them, import the newer one again',
        ]),
    ...(waits === 0
      ? []
      : [
          waits === 1
            ? '1 outcome lies ahead: it counts from its date'
            : `${waits} outcomes lie ahead: they count from their dates`,
        ]),
    ...(gone === 0
      ? []
      : [
          `${counted(gone, 'row deletes', 'rows delete')} what we do not have, and ${gone === 1 ? 'was' : 'were'} passed over`,
        ]),
    ...(unseen === 0
      ? []
      : [
          `${counted(unseen, 'row merges', 'rows merge')} an account that we do not have, and ${unseen === 1 ? 'was' : 'were'} passed over. If facts ` +
            'name it, import it, and then this file again',
        ]),
    ...(reversed === 0
      ? []
      : [
          `${counted(reversed, 'opportunity closes before it opens', 'opportunities close before they open')}: kept as opened and closed ` +
            'at the close, and no example in training',
        ]),
  ]
}
