// Answers with JSON text from PostgreSQL. Parsing that text would lose digits of large numbers.
import type { FastifyReply } from 'fastify'

export function sendJsonText(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/json').send(text)
}
