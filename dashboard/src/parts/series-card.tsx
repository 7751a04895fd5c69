// A card with a chart of one answer of reports/timeseries.
import type { ComponentChildren } from 'preact'
import type { Timeseries } from '../answers.ts'
import type { Answer } from '../api.ts'
import { showCount, showMoney } from '../format.ts'
import { isToday } from '../view.ts'
import { Card } from './card.tsx'
import { Plot } from './plot.tsx'
import { Shown } from './states.tsx'

interface Props {
  title: string
  answer: Answer<Timeseries>
  /** Formats a time. */
  at: (text: string) => string
  kind?: 'line' | 'bar'
  show?: (value: number) => string
  showAxis?: (value: number) => string
  /** Each series is a currency, counted in minor units. */
  money?: boolean
  note?: ComponentChildren
  controls?: ComponentChildren
  wide?: boolean
}

export function SeriesCard(props: Props) {
  const { title, answer, wide, controls, note } = props
  const { data } = answer
  if (!data || answer.problem)
    return (
      <Card title={title} wide={wide ?? false} controls={controls} note={note}>
        <Shown answer={answer}>{() => null}</Shown>
      </Card>
    )
  if (props.money) return <MoneyCards {...props} data={data} />
  return <Drawn {...props} data={data} />
}

/** Amounts in different currencies have no common axis, so each currency has its own chart. */
function MoneyCards(props: Props & { data: Timeseries }) {
  const { data, title } = props
  if (data.series.length === 0)
    return (
      <Card title={title}>
        <p class="nothing">No purchases in this range.</p>
      </Card>
    )
  return data.series.map((series) => {
    const currency = series.value ?? ''
    return (
      <Drawn
        key={currency}
        {...props}
        title={`${title}, ${currency}`}
        data={{ ...data, series: [series] }}
        show={(value) => showMoney(value, currency)}
        showAxis={(value) => showMoney(value, currency, 'compact')}
      />
    )
  })
}

function Drawn({
  title,
  data,
  kind = 'line',
  at,
  show = showCount,
  showAxis = show,
  ...card
}: Props & { data: Timeseries }) {
  const { wide = false, controls, note } = card
  const times = data.series[0]?.points.map((point) => point.at) ?? []
  const series = data.series.map(({ value, points }) => ({
    label: value ?? (data.series.length === 1 ? title : '(none)'),
    values: points.map(({ count }) => count),
  }))
  const figures = {
    columns: [{ label: 'Time', show: at }, ...series.map(({ label }) => ({ label, show }))],
    rows: times.map((time, row) => [time, ...series.map(({ values }) => values[row] ?? null)]),
  }
  if (times.length === 0)
    return (
      <Card title={title} wide={wide} controls={controls} note={note}>
        <p class="nothing">No data in this range.</p>
      </Card>
    )
  return (
    <Card title={title} figures={figures} wide={wide} controls={controls} note={note}>
      <Plot
        kind={kind}
        label={title}
        labels={times.map(at)}
        series={series}
        show={show}
        showAxis={showAxis}
        stacked={kind === 'bar'}
        isLastOpen={isToday(times.at(-1) ?? '')}
      />
    </Card>
  )
}
