/** What a parser says of a body: nothing, or where and why it refuses it. */
import { ExpositionSyntaxError, type ParsedExposition } from '../../src/parser/index.ts'

/** The message, or undefined when the body is read. Any other error than the promised one passes through, and fails the test. */
export function refusal(parse: (body: string) => ParsedExposition, body: string): string | undefined {
  try {
    parse(body)
    return undefined
  } catch (error) {
    if (error instanceof ExpositionSyntaxError) return error.message
    throw error
  }
}
