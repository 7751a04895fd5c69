// Answers with JSON that is text already: PostgreSQL wrote it, and parsing it would lose digits of large numbers.
import type { FastifyReply } from 'fastify'

export function sendJsonText(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/json').send(text)
}
