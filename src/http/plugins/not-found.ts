import type { FastifyInstance } from 'fastify'
import { sendProblem } from '../schemas/problems.ts'

/** Answers 404 for an unknown path and 405 with `Allow` for an unknown method. Must be registered before the routes. */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const methodsByPath = new Map<string, Set<string>>()
  app.addHook('onRoute', (route) => {
    const methods = methodsByPath.get(route.url) ?? new Set()
    for (const method of [route.method].flat()) methods.add(method)
    methodsByPath.set(route.url, methods)
  })
  let patterns: readonly { readonly pattern: RegExp; readonly methods: ReadonlySet<string> }[] = []
  app.addHook('onReady', async () => {
    patterns = [...methodsByPath].map(([path, methods]) => ({ pattern: toPattern(path), methods }))
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/\?.*$/s, '')
    const methods = patterns.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods: some }) => [...some])
    // The route exists and answers itself that a file does not.
    if (methods.length === 0 || methods.includes(request.method))
      return sendProblem(reply, 'route_not_found', { detail: 'GET /openapi.json lists all paths' })
    const allowed = [...new Set(methods)].toSorted().join(', ')
    return sendProblem(reply.header('allow', allowed), 'method_not_allowed', { detail: `allowed: ${allowed}` })
  })
}

function toPattern(path: string): RegExp {
  const parts = path.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+'
    return part === '*' ? '.*' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('/')}$`)
}
