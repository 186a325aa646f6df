import type { FastifyInstance } from 'fastify'
import { createApp } from './http/app.ts'
import type { Services } from './http/services.ts'
import { createServices } from './services.ts'

/** The service without a socket, wired to a database. */
export async function createService(
  base: Pick<Services, 'db' | 'pool' | 'logger'>,
  overrides: Partial<Services> = {},
): Promise<FastifyInstance> {
  return await createApp(await createServices(base, overrides))
}
