import type { SingerSummary } from '../../src/jobs/facts/import/sources/singer/import-singer.ts'
import { summaryJson, summaryText } from './import.ts'

export function singerText({ streams, passedOver, replaced }: SingerSummary, dryRun: boolean): string {
  return [
    ...streams.map((summary) => `${summary.files[0]}: ${summaryText(summary, dryRun)}`),
    ...passedOver.map(
      ({ stream, records, reason }) =>
        `${stream}: passed over, ${records} ${records === 1 ? 'record' : 'records'}: ${reason}`,
    ),
    ...(replaced.length === 0
      ? []
      : [`sent as full tables: ${replaced.join(', ')}; what they no longer hold stays until it is deleted by a row`]),
    ...(streams.length + passedOver.length === 0 ? ['the tap sent no streams'] : []),
  ].join('\n')
}

export function singerJson({ streams, passedOver, replaced, broken }: SingerSummary, dryRun: boolean) {
  return {
    streams: streams.map((summary) => summaryJson(summary, dryRun, [])),
    passed_over: passedOver,
    full_tables: replaced,
    broken: broken ?? null,
  }
}
