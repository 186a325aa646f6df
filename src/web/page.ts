import { createHash } from 'node:crypto'
import { html, type Html, toHtml, trusted } from './html.ts'
import { STYLE } from './style.ts'

/** A self-contained HTML page. Its content security policy allows its style sheet, by hash, and nothing else. */
export function wholePage(title: string, body: Html): string {
  return toHtml(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
${body}</body>
</html>
`)
}

function policy(): string {
  const hash = createHash('sha256').update(STYLE).digest('base64')
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
}
