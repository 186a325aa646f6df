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

/**
 * Progress on standard error: one line rewritten on a terminal; elsewhere a plain line at the start and the end of a step, and
 * every few seconds between.
 */
export function progressLines(unit: string): (step: string, done: number, total: number) => void {
  let last = 0
  return (step, done, total) => {
    const ownUnit = UNITS[step] ?? unit
    const space = ownUnit.startsWith('%') ? '' : ' '
    const line = `${step}: ${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}${space}${ownUnit}`
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}${done >= total ? '\n' : ''}`)
    else if (done === 0 || done >= total || performance.now() - last > LINE_EVERY_MS) {
      last = performance.now()
      console.error(line)
    }
  }
}
