import type { FastifyInstance } from 'fastify'

/**
 * Method and path of every route, such as `GET /v1/models/{version}`, as Fastify prints them: a new route is in it by
 * itself. The documentation's own pages are left out.
 */
export function routesOf(app: FastifyInstance): readonly string[] {
  const stack: string[] = []
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const match = /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?/.exec(line)
      if (!match) return []
      stack.length = (match[1] ?? '').length / 4
      stack.push(match[2] ?? '')
      const path = stack.join('').replaceAll(/:([a-z_]+)/g, '{$1}')
      const methods = (match[3] ?? '').split(', ').filter((method) => method !== '' && method !== 'HEAD')
      return path.startsWith('/docs') ? [] : methods.map((method) => `${method} ${path}`)
    })
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Route {
  readonly name: string
  readonly method: Method
  /** With `{name}` for what is not fixed. */
  readonly path: string
}

/** Those behind a key. */
export function keyedRoutes(app: FastifyInstance): readonly Route[] {
  return routesOf(app)
    .filter((name) => name.includes(' /v1/'))
    .map((name) => {
      const [method = 'GET', path = ''] = name.split(' ')
      return { name, method: method as Method, path }
    })
}

export function urlOf({ path }: Route, value = '1'): string {
  return path.replaceAll(/\{[^}]+\}/g, value)
}
