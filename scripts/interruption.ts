import { constants } from 'node:os'
import type { ImportCounts } from '../src/jobs/facts/import/counts.ts'

const INTERRUPTED = [constants.signals.SIGINT, constants.signals.SIGTERM, constants.signals.SIGHUP].map(
  (signal) => 128 + signal,
)

/** Prints one line when a signal has ended the command: what it leaves, and how to go on. */
export function onInterruption(line: () => string): void {
  process.once('exit', (code) => {
    if (INTERRUPTED.includes(Number(code))) console.error(`${process.stderr.isTTY ? '\n' : ''}${line()}`)
  })
}

/** Says on Ctrl-C what of the files is stored. */
export function createStoredRows(isDryRun: boolean) {
  const rows = new Map<string, number>()
  onInterruption(() => {
    const sum = [...rows.values()].reduce((total, count) => total + count, 0)
    const count = `${sum.toLocaleString('en-US')} ${sum === 1 ? 'row is' : 'rows are'}`
    const isNone = isDryRun || sum === 0
    return `interrupted: ${isNone ? 'nothing is' : `${count}`} stored. Run the same command again${isNone ? '' : ': what is stored is left as it is'}`
  })
  return {
    note: (file: string, { inserted, updated, unchanged, duplicate }: ImportCounts) =>
      void rows.set(file, inserted + updated + unchanged + duplicate),
  }
}
