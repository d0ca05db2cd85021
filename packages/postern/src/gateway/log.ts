/** What the operator reads: one JSON line for each thing worth knowing, on standard error, without anything secret. */
import type { GuardEvent } from '@postern/guard'
import { type DestinationStream, type Logger, pino } from 'pino'
import type { GatewayEvent } from './gateway.ts'

export type GatewayLog = (event: GuardEvent | GatewayEvent) => void

/** A scraped path longer than this says nothing more; a log line has an end. */
const MAX_PATH = 200

/** Denials and failed scrapes are warnings; what went well is told at level debug. */
export function createLog(destination: DestinationStream, level: string): GatewayLog {
  const logger: Logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    destination,
  )
  return (event) => {
    switch (event.type) {
      case 'warning':
        logger.warn(event.message)
        return
      case 'decision': {
        const { decision, address, method } = event
        const facts = { address, method: method.slice(0, 20), path: event.path?.slice(0, MAX_PATH) }
        if (decision.allow)
          logger.debug({ ...facts, principal: decision.principal.name, credential: decision.principal.credential }, 'allowed')
        else logger.warn({ ...facts, status: decision.status, reason: decision.reason }, 'denied')
        return
      }
      case 'fault':
        // A fault of ours: the stack is for whoever reports it.
        logger.error({ err: event.error }, 'fault')
        return
      case 'authority': {
        const { credential, state, message } = event
        if (state === 'recovered') logger.info({ credential, state }, message)
        else logger.warn({ credential, state }, message)
        return
      }
      case 'scrape': {
        const { path, status, fault, detail } = event
        const facts = { path, status, milliseconds: Math.round(event.milliseconds) }
        if (fault === undefined) logger.debug(facts, 'scraped')
        else logger.warn({ ...facts, fault, ...(detail === undefined ? {} : { detail }) }, 'scrape failed')
      }
    }
  }
}
