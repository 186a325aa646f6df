export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly status: number
  /** Stable: program against this. */
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(`${status} ${code}: ${detail}`)
    this.status = status
    this.code = code
  }
}

/** Every generated function calls this: the service and the key come from the environment, a problem becomes an error. */
export async function call<Answer>(url: string, options: RequestInit = {}): Promise<Answer> {
  const base = process.env['WINRATE_URL'] ?? 'http://127.0.0.1:3000'
  const headers = new Headers(options.headers)
  headers.set('authorization', `Bearer ${process.env['WINRATE_API_KEY'] ?? ''}`)
  const answer = await fetch(new URL(url, base), { ...options, headers })
  const text = await answer.text()
  const isJson = (answer.headers.get('content-type') ?? '').includes('json')
  const data: unknown = text !== '' && isJson ? JSON.parse(text) : text
  if (answer.ok) return data as Answer
  const { code = 'unknown', detail = '' } = isJson ? (data as { code?: string; detail?: string }) : {}
  throw new ProblemError(answer.status, code, detail)
}
