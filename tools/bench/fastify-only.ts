// A Fastify route that parses the JSON and answers: what one process of it can do at most with requests.
import fastify from 'fastify'
import { endWithParent } from './load/ask.ts'

const app = fastify()
app.post('/event', async (_request, reply) => reply.code(202).send({ accepted: 1, rejected: [] }))
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
process.send?.({ ready: true })
endWithParent()
