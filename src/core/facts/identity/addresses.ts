const MAPPED = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/
const IPV4_BITS = 32
const MAPPED_BITS = 96

/**
 * An IPv4 address as itself where it comes dressed as IPv6, as servers that listen on both write it: `::ffff:10.1.2.3` is
 * 10.1.2.3, and the network `::ffff:10.0.0.0/104` is 10.0.0.0/8. Anything else comes back as it is.
 * @param text an address, or a network with its length; what is neither comes back as it is too
 */
export function unmappedAddress(text: string): string {
  const [address = '', length, ...rest] = text.split('/')
  const url = `http://[${address}]`
  if (!address.includes(':') || rest.length > 0 || !URL.canParse(url)) return text
  const [, high, low] = MAPPED.exec(new URL(url).hostname) ?? []
  if (high === undefined || low === undefined) return text
  const bits = length === undefined ? IPV4_BITS : Number(length) - MAPPED_BITS
  if (bits < 0) return text
  const bytes = [high, low].flatMap((part) => {
    const number = Number.parseInt(part, 16)
    return [number >> 8, number & 255]
  })
  return length === undefined ? bytes.join('.') : `${bytes.join('.')}/${bits}`
}
