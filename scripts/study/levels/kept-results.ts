import { existsSync, readFileSync, truncateSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { z } from 'zod'
import { AppError } from '../../../src/errors.ts'
import type { HazardOptions } from '../../../src/simulation/hazard/world.ts'
import type { LevelFigures } from './measure.ts'

const figure = z.number()
const Figures = z.strictObject({
  seed: z.string(),
  closed: figure,
  accounts: figure,
  win: figure,
  in_market: figure,
  qualified: figure,
  qualified_by_fifth: z.array(figure).length(5),
  win_interval_holds: figure,
  win_interval_width: figure,
  found_in_best_5_percent: figure,
}) satisfies z.ZodType<LevelFigures>
const Line = z.strictObject({ company: z.record(z.string(), z.unknown()), figures: Figures })

export interface KeptResults {
  /** Undefined when this company has still to be measured. */
  readonly find: (options: HazardOptions) => LevelFigures | undefined
  readonly keep: (options: HazardOptions, figures: LevelFigures) => Promise<void>
}

/**
 * One JSON line a measured company, so that a study that was interrupted goes on where it was. A last line that was cut off is
 * passed over, and its company measured again.
 * @param file undefined: nothing is kept
 * @throws AppError OptionInvalid when the file holds something else
 */
export function keptResults(file: string | undefined): KeptResults {
  if (file === undefined) return { find: () => undefined, keep: async () => undefined }
  const known = new Map<string, LevelFigures>()
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const lines = (whole === '' ? text : whole).split('\n').filter((line) => line !== '')
  for (const [index, line] of lines.entries()) {
    const read = Line.safeParse(parsed(line))
    if (!read.success)
      throw new AppError('OptionInvalid', `--results ${file}: line ${index + 1} is not a result of this study`)
    known.set(JSON.stringify(read.data.company), read.data.figures)
  }
  if (whole !== text) truncateSync(file, Buffer.byteLength(whole))
  return {
    find: (options) => known.get(JSON.stringify(options)),
    keep: (options, figures) => appendFile(file, `${JSON.stringify({ company: options, figures })}\n`),
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
