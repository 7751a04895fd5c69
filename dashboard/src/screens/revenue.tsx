// Revenue by currency. Amounts in different currencies are never added.

import type { Revenue } from '../answers.ts'
import { useAnswer } from '../api.ts'
import { NOTHING, showCount, showDay, showDecimal, showMoney, showShare } from '../format.ts'
import { Card } from '../parts/card.tsx'
import { NotCounted } from '../parts/not-counted.tsx'
import { Page } from '../parts/page.tsx'
import { Plot } from '../parts/plot.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { Tile, Tiles } from '../parts/tile.tsx'
import { isToday, useView } from '../view.ts'

export function RevenueScreen() {
  const { range } = useView()
  const answer = useAnswer<Revenue>('reports/revenue', { from: range.from, to: range.to })
  return (
    <Page
      title="Revenue"
      about="Purchases that the game sent, by currency. Amounts in different currencies are not converted or added."
    >
      <Shown answer={answer}>
        {(revenue) => (
          <>
            <NotCounted groups={revenue.not_counted} />
            {revenue.currencies.length === 0 ? <NoPurchases /> : <Figures {...revenue} />}
          </>
        )}
      </Shown>
    </Page>
  )
}

const NoPurchases = () => (
  <Empty
    title="No purchases in this range"
    event={{
      name: 'purchase',
      properties: { product_id: 'gems_100', currency: 'EUR', amount_minor: 499, transaction_id: 't-1' },
    }}
  >
    Revenue is the sum of purchase events, in the minor unit of the currency (499 is € 4.99). For example:
  </Empty>
)

function Figures(revenue: Revenue) {
  const { players, payers, conversion, first_purchases, median_days_to_first_purchase } = revenue
  return (
    <>
      <Tiles>
        <Tile label="Payers" value={showCount(payers)} note={`of ${showCount(players)} players`} />
        <Tile label="Conversion" value={showShare(conversion)} note="share of players who paid" />
        <Tile label="First purchases" value={showCount(first_purchases)} note="players who paid for the first time" />
        <Tile
          label="Median days to first purchase"
          value={showDecimal(median_days_to_first_purchase)}
          note="since the first day"
        />
      </Tiles>
      {revenue.currencies.map((one) => (
        <OneCurrency key={one.currency} {...one} />
      ))}
      <div class="cards">
        <Products products={revenue.products} />
      </div>
    </>
  )
}

function OneCurrency({ currency, amount_minor, purchases, payers, arpdau_minor, days }: Revenue['currencies'][number]) {
  const money = (value: number | null) => showMoney(value, currency)
  return (
    <>
      <h2 class="section">{currency}</h2>
      <Tiles>
        <Tile label="Revenue" value={money(amount_minor)} />
        <Tile label="Purchases" value={showCount(purchases)} note={`by ${showCount(payers)} payers`} />
        <Tile label="Revenue per payer" value={payers > 0 ? money(Math.round(amount_minor / payers)) : NOTHING} />
        <Tile
          label="ARPDAU"
          value={showMoney(arpdau_minor, currency, 'mean')}
          note="revenue per active player and day"
        />
      </Tiles>
      <div class="cards">
        <Card
          title={`Revenue per day, ${currency}`}
          wide
          figures={{
            columns: [
              { label: 'Day', show: showDay },
              { label: 'Revenue', show: money },
              { label: 'Purchases', show: showCount },
              { label: 'Payers', show: showCount },
            ],
            rows: days.map((day) => [day.day, day.amount_minor, day.purchases, day.payers]),
          }}
          note="The CSV file contains minor units."
        >
          <Plot
            kind="bar"
            label={`Revenue per day in ${currency}`}
            labels={days.map(({ day }) => showDay(day))}
            series={[{ label: 'Revenue', values: days.map((day) => day.amount_minor) }]}
            show={money}
            showAxis={(value) => showMoney(value, currency, 'compact')}
            isLastOpen={isToday(days.at(-1)?.day ?? '')}
          />
        </Card>
      </div>
    </>
  )
}

const Products = ({ products }: Pick<Revenue, 'products'>) => (
  <Card
    title="Products"
    wide
    figures={{
      columns: [
        { label: 'Product' },
        { label: 'Currency' },
        { label: 'Purchases', show: showCount },
        { label: 'Revenue', show: (value: number, row) => showMoney(value, String(row[1])) },
      ],
      rows: products.map((one) => [one.product_id, one.currency, one.purchases, one.amount_minor]),
    }}
  />
)
