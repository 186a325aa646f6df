import type { ImportKind } from '../../../../../core/facts/import/kinds.ts'
import { sumOfNews } from '../../../../../core/facts/news/news.ts'
import { countsByReason, type Rejections, sumOfCounts } from '../../counts.ts'
import type { FileSummary, ImportSummary } from '../../import.ts'

/** What the parts of a stream, imported one after the other, brought together: as of one file of its name. */
export function sumOfParts(
  stream: string,
  kind: ImportKind,
  parts: readonly ImportSummary[],
): ImportSummary | undefined {
  const [first, last] = [parts[0], parts.at(-1)]
  if (!first || !last) return undefined
  const files = parts.flatMap(({ byFile }) => byFile)
  const rejections = sumOfRejections(files)
  const counts = sumOfCounts(parts.map((part) => part.counts))
  const news = sumOfNews(parts.map((part) => part.news))
  const { findings } = files[0] ?? {}
  return {
    kind,
    files: [stream],
    byFile: findings ? [{ file: stream, counts, rejections, findings, news }] : [],
    counts,
    reasons: countsByReason(rejections),
    news,
    rejectsFiles: parts.flatMap((part) => part.rejectsFiles),
    rematched: parts.reduce((sum, part) => sum + part.rematched, 0),
    notes: [...new Set(parts.flatMap((part) => part.notes))],
    startedAt: first.startedAt,
    finishedAt: last.finishedAt,
  }
}

function sumOfRejections(files: readonly FileSummary[]): readonly Rejections[] {
  const byReason = Map.groupBy(
    files.flatMap(({ rejections }) => rejections),
    ({ reason }) => reason,
  )
  return [...byReason.values()]
    .flatMap(([first, ...others]) =>
      first ? [{ ...first, count: others.reduce((sum, { count }) => sum + count, first.count) }] : [],
    )
    .toSorted((one, other) => other.count - one.count)
}
