import { parse, View } from 'vega'
import type { Axis, Mark, Scale, Spec } from 'vega'
import { html, type Html, trusted } from '../html.ts'

/** A line or area in the legend. */
export interface Key {
  readonly label: string
  readonly colour: string
  readonly dash?: readonly number[]
  readonly kind?: 'line' | 'area' | 'dot' | 'rectangle'
}

export interface Figure {
  /** Unique on the page. */
  readonly id: string
  readonly title: string
  /** The text alternative: what the figure shows, with its numbers. */
  readonly description: string
  readonly keys: readonly Key[]
  readonly plot: Plot
}

export interface Plot {
  readonly width?: number
  readonly height?: number
  /** Room for the labels on the left. */
  readonly left?: number
  readonly scales: Scale[]
  readonly axes: Axis[]
  readonly marks: Mark[]
}

/** Colours are variables of the page, so that a figure follows its dark mode. */
export const COLOURS = {
  model: 'var(--model)',
  mql_points: 'var(--rule)',
  naive_bayes: 'var(--bayes)',
  quiet: 'var(--quiet)',
  ink: 'var(--ink)',
} as const

const FONT = 'system-ui, sans-serif'
const WIDTH = 300

/** Renders an SVG without styles, scripts or references. */
export async function drawFigure({ id, title, description, keys, plot }: Figure): Promise<Html> {
  const view = new View(parse(specificationOf(plot)), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  const [, width = '', height = ''] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? []
  const inner = svg
    .replace(/^.*?<svg[^>]*>/s, '')
    .replace(/<\/svg>\s*$/, '')
    // A screen reader takes the figure as one image with one description.
    .replaceAll(/ (?:role="graphics-[a-z]+"|aria-[a-z]+="[^"]*"|pointer-events="none")/g, '')
    .replaceAll(/<path class="(?:background|foreground)"[^>]*\/>/g, '')
  return html`<figure class="chart" id="${id}">
<p class="chart-title">${title}</p>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-description">
<title id="${id}-title">${title}</title><desc id="${id}-description">${description}</desc>
${trusted(inner)}
</svg>
<figcaption><ul class="keys">${keys.map(legendEntry)}</ul></figcaption>
</figure>
`
}

function specificationOf({ width = WIDTH, height = 210, left = 52, scales, axes, marks }: Plot): Spec {
  return {
    width,
    height,
    padding: { left, right: 14, top: 8, bottom: 40 },
    autosize: 'none',
    scales,
    axes,
    marks,
    config: {
      axis: {
        labelFont: FONT,
        titleFont: FONT,
        labelFontSize: 11,
        titleFontSize: 12,
        titleFontWeight: 'normal',
        labelColor: 'var(--muted)',
        titleColor: 'var(--ink)',
        gridColor: 'var(--line)',
        domainColor: 'var(--muted)',
        tickColor: 'var(--muted)',
        titlePadding: 6,
      },
    },
  }
}

function legendEntry({ label, colour, dash = [], kind = 'line' }: Key): Html {
  const swatch = {
    line: html`<line x1="0" y1="5" x2="26" y2="5" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dash.join(' ') || 'none'}"/>`,
    area: html`<rect x="0" y="0" width="26" height="10" fill="${colour}" fill-opacity="0.25"/>`,
    rectangle: html`<rect x="0" y="0" width="26" height="10" fill="${colour}"/>`,
    dot: html`<circle cx="13" cy="5" r="4.5" fill="${colour}"/>`,
  }[kind]
  return html`<li><svg class="swatch" viewBox="0 0 26 10" width="26" height="10" aria-hidden="true">${swatch}</svg> ${label}</li>`
}
