// An example of each schema that the OpenAPI document names, by name. `npm run openapi` validates them.
const batch_id = '019abb4e-7c10-7d22-9a51-3b7f0e6a9c41'
const event_id = '019abb4e-7b2f-7d0e-9f7e-0d6f5c1b2a39'
const rejected_id = '019abb4e-7b30-7c4a-8c1d-5e0a4f9b7d12'

const event = {
  event_id,
  name: 'level_complete',
  player_id: 'player-1',
  session_id: 'session-7',
  occurred_at: '2026-11-22T10:15:00.120Z',
  app_version: '1.4.0',
  platform: 'android',
  properties: { level: 3, duration_ms: 48200, score: 1250 },
}
const rejection = {
  event_id: rejected_id,
  reason: 'unknown_field',
  path: '/lvl',
  message: '"lvl" is not a field of an event. Put your own data into properties.',
}
const storedEvent = {
  ...event,
  sent_at: '2026-11-22T10:15:02.000Z',
  received_at: '2026-11-22T10:15:02.240Z',
  corrected_at: '2026-11-22T10:15:00.120Z',
  clock_suspect: false,
  batch_id,
}
const raw = `{"event_id":"${rejected_id}","name":"level_complete","player_id":"player-2","app_version":"1.3.9","lvl":3}`
const storedRejection = {
  rejection_id: '019abb4e-7c11-7e55-b0f3-61c2a8d4e907',
  received_at: '2026-11-22T10:15:02.240Z',
  sent_at: '2026-11-22T10:15:02.000Z',
  ...rejection,
  name: 'level_complete',
  app_version: '1.3.9',
  key_fingerprint: '5f2b0c9a41de',
  batch_id,
  replayed_at: null,
  raw,
  raw_bytes: raw.length,
}
const figures = {
  players: 1840,
  new_players: 612,
  sessions: 4105,
  events: 73218,
  rejected_events: 37,
  session_seconds: 412,
  payers: 55,
  revenue: [{ currency: 'EUR', amount_minor: 38945 }],
}

export const EXAMPLES: Record<string, unknown> = {
  Event: event,
  EventsEnvelope: { events: [event], sent_at: '2026-11-22T10:15:02.000Z' },
  SendEventsRequest: [event, { name: 'session_end', player_id: 'player-1' }],
  Verdict: { accepted: 1, rejected: [{ index: 1, ...rejection }] },
  Problem: {
    type: 'about:blank',
    title: 'Too many events',
    status: 413,
    code: 'too_many_events',
    detail: 'The request has 1200 events. Send at most 1000 in one request.',
  },
  Download: {
    url: '/v1/downloads/q0bX3dJ9m2nV7yTzK5cRf8hLwA1sUeGpOiQxYtBv4Zk',
    expires_at: '2026-11-22T10:16:02.240Z',
  },
  Key: { game: 'demo', kind: 'admin' },
  StoredEvent: storedEvent,
  EventsPage: { events: [storedEvent], next_cursor: null },
  Explanation: {
    event_id,
    state: 'stored',
    stored: [{ ...storedEvent, stored_at: '2026-11-22T10:15:02.410Z' }],
    queued: [],
    rejected: [],
    searched: { batches: 0, batches_left_out: 0, events_complete: true },
  },
  StoredRejection: storedRejection,
  RejectionsPage: { rejections: [storedRejection], next_cursor: null },
  ReplayRequest: {
    group: { reason: 'unknown_field', name: 'level_complete', app_version: '1.3.9' },
    rename: { from: '/lvl', to: '/properties/level' },
  },
  LiveEvent: { event: 'skipped', data: { stored: 310, rejected: 0 } },
  OverviewReport: {
    from: '2026-11-01',
    to: '2026-11-07',
    first_event_at: '2026-09-14T08:00:12.000000Z',
    last_event_at: '2026-11-07T23:59:41.250000Z',
    current: figures,
    previous: { ...figures, players: 1702, new_players: 540, payers: 49 },
    active: { dau: 402, wau: 1840, mau: 5210 },
  },
  TimeseriesReport: {
    figure: 'players',
    interval: 'day',
    series: [
      {
        value: null,
        points: [
          { at: '2026-11-01T00:00:00Z', count: 377 },
          { at: '2026-11-02T00:00:00Z', count: 402 },
        ],
      },
    ],
  },
  RetentionReport: {
    by: 'day',
    cohorts: [
      { first_day: '2026-11-01', players: 96, returned: [96, 41, 33] },
      { first_day: '2026-11-02', players: 88, returned: [88, 39] },
    ],
  },
  LevelsReport: {
    levels: [
      {
        level: 3,
        starts: 940,
        fails: 310,
        completes: 602,
        attempts_per_complete: 1.56,
        median_seconds: 51,
        reached: 1204,
        stopped: 87,
      },
    ],
  },
  FunnelReport: {
    steps: [
      { name: 'level_start', players: 612, median_seconds: null },
      { name: 'level_complete', players: 498, median_seconds: 63 },
      { name: 'purchase', players: 21, median_seconds: 5410 },
    ],
  },
  RevenueReport: {
    currencies: [
      {
        currency: 'EUR',
        amount_minor: 1498,
        purchases: 2,
        payers: 2,
        arpdau_minor: 3.73,
        days: [{ day: '2026-11-01', amount_minor: 1498, purchases: 2, payers: 2 }],
      },
    ],
    players: 402,
    payers: 2,
    conversion: 0.005,
    first_purchases: 1,
    median_days_to_first_purchase: 4,
    products: [{ product_id: 'starter_pack', currency: 'EUR', purchases: 2, amount_minor: 1498 }],
  },
  ResourcesReport: {
    resources: [
      {
        resource: 'coins',
        source: 5400,
        sink: 4100,
        net: 1300,
        items: [
          { item: 'level_reward', direction: 'source', amount: 5400, events: 108 },
          { item: 'hammer', direction: 'sink', amount: 4100, events: 41 },
        ],
        days: [{ day: '2026-11-01', source: 5400, sink: 4100 }],
      },
    ],
  },
  SeenProperties: {
    names: [{ name: 'level_complete', events: 602 }],
    properties: [{ property: 'level', type: 'number', values: [{ value: '3', events: 211 }] }],
    looked_at: 602,
  },
  PlayerProfile: {
    player_id: 'player-1',
    first_seen_at: '2026-11-01T18:02:11.000Z',
    last_seen_at: '2026-11-22T10:15:00.120Z',
    active_days: 9,
    first_day: '2026-11-01',
    level_tried: 4,
    level_completed: 3,
    revenue: [{ currency: 'EUR', amount_minor: 999, purchases: 1 }],
    sessions: [{ started_at: '2026-11-22T10:09:40.000Z', ended_at: '2026-11-22T10:15:00.120Z', events: 14 }],
  },
}
