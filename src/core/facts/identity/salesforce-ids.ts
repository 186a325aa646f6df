/** Five bits as a letter or digit. */
const CHECKSUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'
const SHORT_LENGTH = 15
const GROUP = 5
/**
 * The parts of an id of Salesforce: what it is of (001 Account, 003 Contact, 006 Opportunity, 00Q Lead, 500 Case, 701
 * Campaign, a00 and later custom objects), two or three characters for the server, a reserved 0, a counter.
 */
const SHAPE = /^(?:0|5[0-9]|7[01]|8[01]|[ae](?=.{4,5}000))[0-9A-Za-z]{4,6}0[0-9A-Za-z]{8,9}$/
const LETTER = /[A-Za-z]/

/**
 * The 18 characters of an id of Salesforce that may be given with 15. The 15 tell upper from lower case; the last three of the
 * 18 say which letters are capitals, for systems that do not: a group of five characters, read from the right, is a number in
 * binary, 1 for a capital. `0065g00000AbCde` is `0065g00000AbCdeAAF`: of `AbCde` the first and the third are capitals,
 * 00101 = 5, `F`.
 *
 * @returns undefined for what is not such an id, among it 18 characters of which the last three contradict the others
 */
export function salesforceId(text: string): string | undefined {
  const short = text.slice(0, SHORT_LENGTH)
  if (!SHAPE.test(short) || !LETTER.test(short)) return undefined
  const checksum = checksumOf(short)
  const given = text.slice(SHORT_LENGTH)
  if (given === '' || given === checksum || isSlip(short, given)) return short + checksum
  return text === text.toLowerCase() ? withCapitals(short, given.toUpperCase()) : undefined
}

function checksumOf(short: string): string {
  let checksum = ''
  for (let start = 0; start < SHORT_LENGTH; start += GROUP) {
    let bits = 0
    for (let place = 0; place < GROUP; place += 1) if (isCapital(short.charCodeAt(start + place))) bits |= 1 << place
    checksum += CHECKSUM[bits]
  }
  return checksum
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90
}

/**
 * A wrong checksum behind the id of a standard object in mixed case: the 15 characters alone identify a record, and no other
 * system makes ids of this shape. Everywhere else the last three may be a part of somebody's id.
 */
function isSlip(short: string, given: string): boolean {
  return short.startsWith('00') && /[a-z]/.test(short) && /[A-Z]/.test(short) && /^[A-Z]{3}$/.test(given)
}

/** The id that a system without capitals wrote; undefined when the checksum asks for a capital where there is a digit. */
function withCapitals(short: string, checksum: string): string | undefined {
  let restored = ''
  for (const [group, character] of [...checksum].entries()) {
    const bits = CHECKSUM.indexOf(character)
    for (let place = 0; place < GROUP; place += 1) {
      const letter = short[group * GROUP + place] ?? ''
      restored += bits & (1 << place) ? letter.toUpperCase() : letter
    }
  }
  return short.startsWith('00') && checksumOf(restored) === checksum ? restored + checksum : undefined
}
