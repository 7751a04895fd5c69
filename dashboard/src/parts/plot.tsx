// A line or bar chart. Its card shows the same figures as a table, for readers who cannot see the chart.
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js'
import { useEffect, useRef } from 'preact/hooks'
import { useColours } from '../theme.ts'

Chart.register(BarController, BarElement, CategoryScale, Filler, LinearScale, LineController, LineElement)
Chart.register(PointElement, Tooltip)

interface Series {
  label: string
  values: (number | null)[]
}

interface Props {
  kind: 'line' | 'bar'
  /** Describes the chart to screen readers. */
  label: string
  labels: string[]
  series: Series[]
  /** Formats a value, also on the axis unless `showAxis` is given. */
  show: (value: number) => string
  showAxis?: (value: number) => string
  stacked?: boolean
  horizontal?: boolean
  /** The last label's period is not over, so its value is drawn faded or dashed. */
  isLastOpen?: boolean
}

/** The number of series colours in style.css. An answer has at most this many series, and one for all others. */
const COLOURS = 10
const OTHERS = '(other)'

export function Plot(props: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const colours = useColours()
  const { kind, labels, series, stacked, horizontal, label, isLastOpen } = props
  const drawn = JSON.stringify([kind, labels, series, stacked, horizontal, isLastOpen])
  // The chart is drawn again when figures or colours change.
  useEffect(() => {
    if (!canvas.current) return
    const chart = new Chart(canvas.current, configuration(props, canvas.current))
    return () => chart.destroy()
  }, [drawn, colours])
  return (
    <div class="plot">
      {series.length > 1 && <Legend series={series} />}
      <div class="canvas" style={horizontal ? { height: `${labels.length * 44 + 40}px` } : {}}>
        <canvas ref={canvas} role="img" aria-label={`${label}. A table shows the same figures.`} />
      </div>
    </div>
  )
}

function Legend({ series }: { series: Series[] }) {
  return (
    <ul class="legend">
      {series.map(({ label }, at) => (
        <li key={label}>
          <i class="swatch" style={{ color: `var(${colourName(label, at)})` }} />
          {label}
        </li>
      ))}
    </ul>
  )
}

const colourName = (label: string, at: number) =>
  label === OTHERS ? '--series-other' : `--series-${(at % COLOURS) + 1}`

function configuration(props: Props, element: HTMLElement): ChartConfiguration {
  const { kind, labels, series, show, stacked = false, horizontal = false } = props
  const colour = (name: string) => resolved(element, name)
  const [text, line] = [colour('--muted'), colour('--line')]
  const font = { family: getComputedStyle(element).fontFamily, size: 11 }
  const isWhole = series.every(({ values }) => values.every((value) => Number.isInteger(value ?? 0)))
  const values = {
    stacked,
    beginAtZero: true,
    border: { display: false },
    grid: { color: line },
    ticks: { color: text, font, maxTicksLimit: 6, ...(isWhole && { precision: 0 }), callback: axisLabel(props) },
  }
  const names = {
    stacked,
    grid: { display: false },
    border: { color: line },
    ticks: { color: text, font, maxRotation: 0, autoSkipPadding: 16, autoSkip: !horizontal },
  }
  return {
    type: kind,
    data: {
      labels,
      datasets: series.map(({ label, values: data }, at) => dataset(props, label, data, colour(colourName(label, at)))),
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      indexAxis: horizontal ? 'y' : 'x',
      interaction: { mode: 'index', axis: horizontal ? 'y' : 'x', intersect: false },
      scales: horizontal ? { x: values, y: names } : { x: names, y: values },
      plugins: {
        tooltip: {
          callbacks: { label: ({ dataset: { label }, raw }) => `${label}: ${show(Number(raw))}` },
        },
      },
    },
  } as ChartConfiguration
}

const axisLabel =
  ({ show, showAxis = show }: Props) =>
  (value: string | number) =>
    showAxis(Number(value))

function dataset({ kind, series, stacked, isLastOpen }: Props, label: string, data: (number | null)[], colour: string) {
  const isOpen = (at: number) => isLastOpen === true && at === data.length - 1
  if (kind === 'bar') {
    const backgroundColor = data.map((_, at) => (isOpen(at) ? faded(colour, 0.45) : colour))
    return { label, data, backgroundColor, borderRadius: stacked ? 0 : 3, maxBarThickness: 36 }
  }
  return {
    label,
    data,
    borderColor: colour,
    backgroundColor: faded(colour, 0.12),
    fill: series.length === 1,
    segment: {
      borderDash: ({ p1DataIndex }: { p1DataIndex: number }) => (isOpen(p1DataIndex) ? [3, 4] : undefined),
    },
    borderWidth: 2,
    // A line with a single day would be invisible without points.
    pointRadius: data.length < 3 ? 4 : 0,
    pointHoverRadius: 4,
    pointBackgroundColor: colour,
    tension: 0.25,
    cubicInterpolationMode: 'monotone',
  }
}

const faded = (colour: string, opacity: number) => colour.replace('rgb(', 'rgba(').replace(')', `, ${opacity})`)

/** Resolves a custom property of style.css to a colour in the current theme. */
function resolved(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`
  return getComputedStyle(element).color
}
