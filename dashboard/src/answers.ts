// The answers that screens read: the contract's types, and what has no schema with a type of its own.
import type { EventsPageSchema, ExplanationSchema, StoredEventSchema } from '../../src/contract/reading.ts'

export type {
  RejectionGroup,
  RejectionGroups,
  RejectionsPage,
  ReplayAnswer,
  StoredRejection,
} from '../../src/contract/quarantine.ts'

type Static<T> = import('typebox').Static<T extends import('typebox').TSchema ? T : never>

/** Its properties hold numbers as they were spelled (lossless-json). */
export type StoredEvent = Static<typeof StoredEventSchema>
export type EventsPage = Static<typeof EventsPageSchema>
export type Explanation = Static<typeof ExplanationSchema>

export interface Money {
  currency: string
  amount_minor: number
}

export interface OverviewFigures {
  players: number
  new_players: number
  sessions: number
  events: number
  session_seconds: number | null
  payers: number
  revenue: Money[]
}

export interface Overview {
  from: string
  to: string
  current: OverviewFigures
  previous: OverviewFigures
  active: { dau: number; wau: number; mau: number }
}

export interface Timeseries {
  metric: string
  interval: 'minute' | 'hour' | 'day'
  series: { value: string | null; points: { at: string; count: number }[] }[]
}

export interface Retention {
  by: 'day' | 'week'
  cohorts: { first_day: string; players: number; returned: number[] }[]
}

export interface Levels {
  levels: {
    level: number
    starts: number
    fails: number
    completes: number
    attempts_per_complete: number | null
    median_seconds: number | null
    reached: number
    stopped: number
  }[]
}

export interface Funnel {
  steps: { name: string; players: number; median_seconds: number | null }[]
}

export interface Revenue {
  currencies: {
    currency: string
    amount_minor: number
    purchases: number
    payers: number
    arpdau_minor: number | null
    days: { day: string; amount_minor: number; purchases: number; payers: number }[]
  }[]
  players: number
  payers: number
  conversion: number | null
  first_purchases: number
  median_days_to_first_purchase: number | null
  products: { product_id: string; currency: string; purchases: number; amount_minor: number }[]
}

export interface Resources {
  resources: {
    resource: string
    source: number
    sink: number
    net: number
    items: { item: string | null; direction: 'source' | 'sink'; amount: number; events: number }[]
    days: { day: string; source: number; sink: number }[]
  }[]
}

export interface Properties {
  names: { name: string; events: number }[]
  properties: { property: string; type: string; values: { value: unknown; events: number }[] }[]
  looked_at: number
}

export interface Player {
  player_id: string
  first_seen_at: string
  last_seen_at: string
  active_days: number
  first_day: string
  level_tried: number | null
  level_completed: number | null
  revenue: (Money & { purchases: number })[]
  sessions: { started_at: string; ended_at: string; events: number }[]
}

export interface Rates {
  stored_per_second: number
  rejected_per_second: number
  queue: { waiting: number; active: number; oldest_seconds: number | null }
}
