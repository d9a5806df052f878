// Horizontal bars in groups, as an SVG that reads on a light and on a dark page.

export interface BarGroup {
  readonly title: string
  readonly bars: readonly { readonly series: string; readonly value: number; readonly label: string }[]
}

export interface BarChart {
  readonly title: string
  readonly subtitle: string
  /** Their order is that of the colours. */
  readonly series: readonly string[]
  readonly groups: readonly BarGroup[]
  /** A value that has a line of its own. */
  readonly reference?: number
}

const WIDTH = 860
const LEFT = 230
const RIGHT = 90
const BAR = 11
const GROUP_GAP = 14
const TOP = 92
/** Apart in lightness as well as in hue. The first is the reference. */
const COLOURS = ['#8b949e', '#57606a', '#bf8700', '#d4a72c', '#cf222e', '#54aeff', '#0969da', '#1a7f37']

export function barChart({ title, subtitle, series, groups, reference }: BarChart): string {
  const most = Math.max(reference ?? 0, ...groups.flatMap(({ bars }) => bars.map(({ value }) => value)))
  const step = stepFor(most)
  const end = Math.ceil(most / step) * step
  const x = (value: number) => round(LEFT + (value / end) * (WIDTH - LEFT - RIGHT))

  const parts: string[] = []
  let y = TOP
  for (const { title, bars } of groups) {
    parts.push(text(LEFT - 10, y + (bars.length * BAR) / 2 + 4, title, 'end'))
    for (const { series: name, value, label } of bars) {
      const colour = `c${series.indexOf(name) % COLOURS.length}`
      parts.push(
        `<rect class="${colour}" x="${LEFT}" y="${y}" width="${round(x(value) - LEFT)}" height="${BAR - 2}"><title>${escaped(`${name}: ${value.toFixed(2)}, ${label}`)}</title></rect>`,
        text(x(value) + 4, y + BAR - 3, `${value.toFixed(2)} · ${label}`, 'start', 'small'),
      )
      y += BAR
    }
    y += GROUP_GAP
  }

  const bottom = y - GROUP_GAP + 6
  const axis: string[] = []
  for (let i = 0; i * step <= end + step / 2; i++) {
    const value = i * step
    axis.push(
      `<line class="grid" x1="${x(value)}" y1="${TOP - 6}" x2="${x(value)}" y2="${bottom}"/>`,
      text(x(value), bottom + 14, String(round(value)), 'middle', 'small'),
    )
  }
  if (reference !== undefined)
    axis.push(
      `<line class="reference" x1="${x(reference)}" y1="${TOP - 6}" x2="${x(reference)}" y2="${bottom}"/>`,
    )

  const height = bottom + 26
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(`${title}, ${subtitle}`)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    text(16, 26, title, 'start', 'title'),
    text(16, 44, subtitle, 'start', 'small'),
    ...legend(series),
    ...axis,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

const STYLE = [
  'text{font:12px system-ui,sans-serif;fill:#1f2328}.small{font-size:9.5px;fill:#59636e}.title{font-size:16px;font-weight:600}',
  '.page{fill:#fff}.grid{stroke:#d1d9e0}.reference{stroke:#1f2328;stroke-dasharray:4 3}',
  ...COLOURS.map((colour, i) => `.c${i}{fill:${colour}}`),
  '@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.small{fill:#9198a1}.page{fill:#0d1117}.grid{stroke:#3d444d}.reference{stroke:#f0f6fc}}',
].join('')

function legend(series: readonly string[]): string[] {
  let x = 16
  return series.flatMap((name, i) => {
    const at = x
    // About the width of the text: an SVG cannot measure it.
    x += 26 + name.length * 5.6
    return [
      `<rect class="c${i % COLOURS.length}" x="${round(at)}" y="58" width="10" height="10"/>`,
      text(at + 14, 67, name, 'start', 'small'),
    ]
  })
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end', style = ''): string {
  return `<text${style && ` class="${style}"`} x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(content)}</text>`
}

/** 1, 2 or 5 times a power of ten, so that there are 5 to 12 steps. */
function stepFor(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 5))
  return [1, 2, 5, 10].map(factor => factor * power).find(step => most / step <= 12)!
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function escaped(content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')
}
