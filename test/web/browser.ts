import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { PATIENCE_MS } from '../support/patience.ts'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium']
const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A browser that is installed; this project installs none. `.ci/run` does, and says that a missing one is a failure. */
export const browserPath = [process.env['TEST_BROWSER'] ?? '', ...PLACES].find((place) => place && existsSync(place))
export const browserRequired = process.env['TEST_BROWSER_REQUIRED'] === '1'

export async function launchBrowser(): Promise<Browser> {
  if (!browserPath) throw new Error(`no browser at ${PLACES.join(', ')}, nor at TEST_BROWSER`)
  return chromium.launch({ executablePath: browserPath, args: QUIET, timeout: PATIENCE_MS })
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage(options)
  page.setDefaultTimeout(PATIENCE_MS)
  return page
}
