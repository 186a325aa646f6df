import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import path from 'node:path'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderBacktestReport } from '../../src/web/backtest-report.ts'
import { browserPath, browserRequired, launchBrowser, openPage } from './browser.ts'
import { renderTryReport } from '../../src/web/try-report.ts'
import { emptyReport, fullReport } from './report-example.ts'
import { triedPage, tooFewPage } from './try-example.ts'

if (!browserPath && !browserRequired)
  console.warn('SKIPPED: the report in a browser: none is installed (TEST_BROWSER names one)')

/** Where to leave pictures for a person to look at. */
const PICTURES = process.env['TEST_SCREENSHOTS']

const VIEWS = [390, 1280].flatMap((width) =>
  (['light', 'dark'] as const).flatMap((scheme) => ['full', 'empty'].map((name) => ({ name, width, scheme }))),
)
/** The page of a table has no styles of its own: two views of it will do. */
const TABLE_VIEWS = ['try', 'too-few'].flatMap((name) => [
  { name, width: 390, scheme: 'dark' as const },
  { name, width: 1280, scheme: 'light' as const },
])

describe.skipIf(!browserPath && !browserRequired)('the report in a browser', () => {
  let browser: Browser
  let server: Server
  let address = ''

  beforeAll(async () => {
    const pages = new Map([
      ['/full', await renderBacktestReport(fullReport())],
      ['/empty', await renderBacktestReport(emptyReport())],
      ['/try', await renderTryReport(triedPage(), 'deals.csv')],
      ['/too-few', await renderTryReport(tooFewPage(), 'deals.csv')],
    ])
    server = createServer((request, response) => {
      const page = pages.get(request.url ?? '')
      response.writeHead(page ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8' }).end(page)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const bound = server.address()
    address = `http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`
    browser = await launchBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  it.each([...VIEWS, ...TABLE_VIEWS])(
    '$name at $width px, $scheme: fits, is accessible, and asks for nothing',
    async (view) => {
      const page = await openPage(browser, { viewport: { width: view.width, height: 900 }, colorScheme: view.scheme })
      const complaints = await watch(page)
      const requests: string[] = []
      page.on('request', (request) => requests.push(request.url()))
      await page.goto(`${address}/${view.name}`)
      await page.evaluate(`document.querySelectorAll('details').forEach((each) => { each.open = true })`)
      if (PICTURES) {
        const name = `${view.name}-${view.width}-${view.scheme}.png`
        await page.screenshot({ path: path.join(PICTURES, name), fullPage: true })
      }
      expect(await widerThanScreen(page)).toEqual([])
      expect(await axeViolations(page)).toEqual([])
      expect(await page.evaluate('window.violations')).toEqual([])
      expect(complaints).toEqual([])
      expect(requests).toEqual([`${address}/${view.name}`])
      await page.close()
    },
  )

  it('forbids scripts and styles that are not its own', async () => {
    const page = await openPage(browser)
    await watch(page)
    await page.goto(`${address}/empty`)
    await page.evaluate(`
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = true' }))
      document.body.append(Object.assign(document.createElement('style'), { textContent: 'body { display: none }' }))`)
    expect(await page.evaluate('window.ran')).toBeUndefined()
    expect(await page.evaluate('getComputedStyle(document.body).display')).toBe('block')
    expect(await page.evaluate('window.violations')).toEqual(['script-src-elem', 'style-src-elem'])
    await page.close()
  })

  it('prints dark on white with every folded table open', async () => {
    // A4 within its margins.
    const page = await openPage(browser, { colorScheme: 'dark', viewport: { width: 688, height: 1000 } })
    await page.goto(`${address}/full`)
    await page.emulateMedia({ media: 'print' })
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)')
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(0, 0, 0)')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(688)
    const heights = await page.evaluate(
      `[...document.querySelectorAll('details table')].map((each) => each.offsetHeight)`,
    )
    expect(heights).toSatisfy((all: number[]) => all.length > 0 && all.every((height) => height > 0))
    await page.close()
  })
})

/** Everything the console says; violations of the page's policy are kept in the page. */
async function watch(page: Page): Promise<readonly string[]> {
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(error.message))
  await page.addInitScript(`
    window.violations = []
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.effectiveDirective))`)
  return said
}

async function widerThanScreen(page: Page): Promise<unknown> {
  return page.evaluate(`[document.documentElement, ...document.querySelectorAll('body *:not(thead, thead *)')]
    .filter((each) => each.scrollWidth > window.innerWidth || each.getBoundingClientRect().right > window.innerWidth + 1)
    .map((each) => each.outerHTML.slice(0, 120))`)
}

async function axeViolations(page: Page): Promise<unknown> {
  await page.evaluate(axe.source)
  return page.evaluate(`axe.run(document).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html).join(' | ')))`)
}
