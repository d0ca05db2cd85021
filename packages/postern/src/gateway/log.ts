/** What the operator reads: one JSON line for each thing worth knowing, on standard error, without anything secret. */
import type { GuardEvent } from '@postern/guard'
import { type DestinationStream, type Logger, pino } from 'pino'
import type { GatewayEvent } from './gateway.ts'

export type GatewayLog = (event: GuardEvent | GatewayEvent) => void

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
      case 'limits':
        logger[event.state === 'degraded' ? 'warn' : 'info']({ limits: event.state }, event.message)
        return
      case 'decision': {
        const { decision, address, peer, method } = event
        const facts = {
          address,
          ...(peer === undefined ? {} : { peer }),
          method,
          path: event.path,
          milliseconds: Math.round(event.milliseconds),
        }
        if (decision.allow) {
          const { principal, rule } = decision
          logger.debug({ ...facts, principal: principal.name, credential: principal.credential, rule }, 'allowed')
        } else logger.warn({ ...facts, status: decision.status, reason: decision.reason }, 'denied')
        return
      }
      case 'reload':
        if (event.ok) logger.info({ what: event.what }, event.message)
        else logger.error({ what: event.what }, event.message)
        return
      case 'authority': {
        const { credential, state, message } = event
        if (state === 'unavailable') logger.warn({ credential, state }, message)
        else logger.info({ credential, state }, message)
        return
      }
      case 'view': {
        const { type: _, ...facts } = event
        // Nothing that the view is there for: values to look after, and lines that did not arrive.
        if (event.reported > 0 || event.unreadable > 0) logger.warn(facts, 'view applied')
        else logger.debug(facts, 'view applied')
        return
      }
      case 'fault':
        // A fault of ours: the stack is for whoever reports it.
        logger.error({ err: event.error }, 'fault')
        return
      case 'scrape': {
        const { path, status, fault, detail } = event
        const facts = { path, status, milliseconds: Math.round(event.milliseconds) }
        if (fault === undefined) logger.debug(facts, 'scraped')
        else logger.warn({ ...facts, fault, ...(detail === undefined ? {} : { detail }) }, 'scrape failed')
      }
    }
  }
}
