import { AppError } from '../../../../../errors.ts'
import { utf8Decoder } from '../../utf8-decoder.ts'

const MOST_LINE_CHARACTERS = 64 * 1024 * 1024

/** The lines of a stream as they arrive; the last one may have no end. */
export async function* readLines(input: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = utf8Decoder()
  // Of a line that is not complete, as it arrived: joined once.
  let pieces: string[] = []
  let length = 0
  for await (const chunk of input) {
    const lines = decoder.write(chunk).split('\n')
    const last = lines.pop() ?? ''
    for (const line of lines) {
      yield pieces.join('') + line
      pieces = []
      length = 0
    }
    pieces.push(last)
    length += last.length
    if (length > MOST_LINE_CHARACTERS)
      throw new AppError('ImportFailed', `a line is longer than ${MOST_LINE_CHARACTERS / 1_048_576} MiB`)
  }
  yield pieces.join('') + decoder.end()
}
