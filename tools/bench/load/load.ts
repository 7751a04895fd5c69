// The load generator's process: its CPU and its pauses are its own, not the bench's. It prepares, and sends when told.
import { answerQuestions } from './ask.ts'
import { type EventSource, openEventSource } from './event-source.ts'
import type { LoadCommand, LoadPlan } from './plan.ts'
import { requestsOf } from './requests.ts'
import { sendRequests } from './send.ts'

let source: EventSource | undefined
let prepared: { plan: LoadPlan; requests: Buffer[] } | undefined

answerQuestions<LoadCommand>(async (command) => {
  if (command.do === 'prepare') {
    const { plan } = command
    source ??= openEventSource(plan.data, plan.seed)
    prepared = { plan, requests: requestsOf(source, plan) }
    return {}
  }
  if (!prepared) throw new Error('Nothing is prepared.')
  const { plan, requests } = prepared
  prepared = undefined
  return sendRequests(plan, requests)
})
