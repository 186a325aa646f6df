import { AppError } from '../src/errors.ts'
import { type Instant, parseInstantOrDay } from '../src/core/base/time.ts'

/** Runs a script's main function. An error that the user can fix prints one message and exits with 1; any other keeps its stack. */
export async function runScript(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

/** `--as-of`: an instant, or a day (its 00:00 UTC). Undefined when left out: the caller then takes the database's clock, `readClock`. */
export function asOfOption(text: string | undefined, option = '--as-of'): Instant | undefined {
  if (text === undefined) return undefined
  const instant = parseInstantOrDay(text)
  if (instant) return instant
  throw new AppError('OptionInvalid', `${option} must be a day or an instant with a zone, 1900 to 2199, got "${text}"`)
}

const LINE_EVERY_MS = 3000
/** Steps of a training that count something else than the others. */
const UNITS: Readonly<Record<string, string>> = { 'leakage audit': 'models', fit: 'models' }

/** A step that takes longer than this also says how long it still takes. */
const LEFT_AFTER_MS = 3000
const DRAWN_WIDTH = 20

/**
 * Progress on standard error, with the time left in a step that takes long: on a terminal one line that is rewritten, with a
 * progress bar; elsewhere a plain line at the start and the end of a step, and every few seconds between.
 */
export function progressLines(unit: string): (step: string, done: number, total: number) => void {
  let last = 0
  let begun = { step: '', at: 0, done: 0 }
  return (step, done, total) => {
    const now = performance.now()
    if (begun.step !== step || done < begun.done) begun = { step, at: now, done }
    const ownUnit = UNITS[step] ?? unit
    const space = ownUnit.startsWith('%') ? '' : ' '
    const counts = `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}${space}${ownUnit}`
    const perUnit = (now - begun.at) / (done - begun.done)
    const isLong = now - begun.at > LEFT_AFTER_MS && done > begun.done && done < total
    const left = isLong ? `, ${durationInWords(perUnit * (total - done))} left` : ''
    if (process.stderr.isTTY) {
      const filled = Math.round((DRAWN_WIDTH * done) / Math.max(1, total))
      const drawn = `[${'#'.repeat(filled)}${' '.repeat(Math.max(0, DRAWN_WIDTH - filled))}]`
      process.stderr.write(`\r\u001b[K${step}: ${drawn} ${counts}${left}${done >= total ? '\n' : ''}`)
    } else if (done === 0 || done >= total || now - last > LINE_EVERY_MS) {
      last = now
      console.error(`${step}: ${counts}${left}`)
    }
  }
}

/** Rounded up, so that the last unit is never `0 s`: `45 s`, `12 min`, `3 h 20 min`. */
export function durationInWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000))
  if (seconds <= 90) return `${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
