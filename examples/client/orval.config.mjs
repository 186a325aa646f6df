import { defineConfig } from 'orval'

export default defineConfig({
  winrate: {
    input: process.env['WINRATE_OPENAPI'] ?? 'http://127.0.0.1:3000/openapi.json',
    output: {
      target: 'generated/winrate.ts',
      client: 'fetch',
      mode: 'single',
      clean: true,
      override: {
        mutator: { path: './call.ts', name: 'call', extension: '.ts' },
        fetch: { includeHttpResponseReturnType: false },
      },
    },
  },
})
