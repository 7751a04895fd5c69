// The load generator's process: its CPU and its pauses are its own, not the bench's. It prepares, and sends when told.
import { answerQuestions } from './ask.ts'
import { type EventSource, openEventSource } from './event-source.ts'
import type { LoadCommand, LoadPlan } from './plan.ts'
import { requestBodies } from './requests.ts'
import { sendBodies } from './send.ts'

let source: EventSource | undefined
let prepared: { plan: LoadPlan; bodies: Buffer[] } | undefined

answerQuestions<LoadCommand>(async (command) => {
  if (command.do === 'prepare') {
    const { plan } = command
    source ??= openEventSource(plan.data, plan.seed)
    prepared = { plan, bodies: requestBodies(source, plan) }
    return {}
  }
  if (!prepared) throw new Error('Nothing is prepared.')
  const { plan, bodies } = prepared
  prepared = undefined
  return sendBodies(plan, bodies)
})
