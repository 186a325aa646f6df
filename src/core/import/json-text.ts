const LONG_NUMBER = /\d{16}/

/** JSON in which a number of more digits than a double holds is kept as it is written: it is somebody's id. @throws SyntaxError */
export function parseFacts(text: string): unknown {
  return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text)
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && LONG_NUMBER.test(context?.source ?? '') ? context?.source : value
}
