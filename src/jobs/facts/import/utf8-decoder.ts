import { StringDecoder } from 'node:string_decoder'

/** Three times as fast as TextDecoder on a stream; leaves the byte order mark to us. */
export function utf8Decoder() {
  const decoder = new StringDecoder('utf8')
  let isFirst = true
  return {
    write: (chunk: Buffer) => {
      const text = decoder.write(chunk)
      const bare = isFirst && text.startsWith('\uFEFF') ? text.slice(1) : text
      if (text !== '') isFirst = false
      return bare
    },
    end: () => decoder.end(),
  }
}
