/** Limits around a judgement: who is not judged at all, what is counted, and what a lockout leaves open. */
import { type Ask, type Credential, type Finding, LOCKED_OUT, type Rejection } from '../credentials/finding.ts'
import { type CredentialKind, type Decision, type Deny, REASONS } from '../decision.ts'
import { clientOf } from '../limits/client.ts'
import type { Limiter } from '../limits/limiter.ts'
import type { Address } from '../net/address.ts'
import type { RequestFacts } from '../request.ts'

/**
 * A client that is locked out is told so whatever it sends, but for open paths, which nobody needs to guess for, and for what is
 * known to be right, where it has proven itself before: a scraper behind the address of a guesser goes on.
 * @param judge the rules, which ask credentials through what they are given
 */
export async function judgeWithin(
  limits: Limiter,
  facts: RequestFacts,
  address: Address | undefined,
  judge: (ask: Ask) => Promise<Decision>,
): Promise<Decision> {
  const client = clientOf(address?.words)
  const asked = limits.admit(client)
  const admission = asked instanceof Promise ? await asked : asked
  if (admission.state === 'rate_limited') return denyFor('rate_limited', admission.retryAfterMilliseconds)
  let decision: Decision
  if (admission.state === 'locked_out') {
    decision = await judge(admission.mayRecall ? (credential) => recall(credential, facts, address) : () => LOCKED_OUT)
    if (!decision.allow) {
      limits.missed(client)
      return denyFor('locked_out', admission.retryAfterMilliseconds)
    }
  } else {
    const trial = createTrial(facts, address)
    decision = await judge(trial.ask)
    // Of what was under way when a lockout began, a right guess is told as little as a wrong one.
    const locked = trial.isWrong ? await limits.failed(client) : limits.lockedFor(client)
    if (locked > 0 && !isOpen(decision)) return denyFor('locked_out', locked)
  }
  if (!decision.allow) return decision
  if (!isOpen(decision)) limits.proved(client)
  const done = limits.enter(client)
  if (done === 'full') return denyFor('rate_limited', 0)
  return done === undefined ? decision : { ...decision, done }
}

/** Kinds that nobody can guess, and that cost next to nothing to check: there is nothing to remember of them. */
const CHECKED_ANEW: ReadonlySet<CredentialKind> = new Set(['bearer', 'client-certificate'])

async function recall(credential: Credential, facts: RequestFacts, address: Address | undefined): Promise<Finding> {
  if (!CHECKED_ANEW.has(credential.kind)) return credential.known?.(facts, address) ?? LOCKED_OUT
  const finding = await credential.check(facts, address)
  return finding.state === 'proven' ? finding : LOCKED_OUT
}

const WRONG: ReadonlySet<Rejection> = new Set(['bad_credentials', 'expired_credentials'])

/**
 * A wrong credential is a guess, whatever another one of the same request proves: it is counted where it is found. But one header is one
 * guess: a token of an issuer is no token of the policy's list, and both are asked of it. What one of them knows, or what might be known
 * by one that cannot be judged now, was not guessed.
 */
function createTrial(facts: RequestFacts, address: Address | undefined): { readonly ask: Ask; readonly isWrong: boolean } {
  let wrongCertificate = false
  let wrongHeader = false
  let goodHeader = false
  const note = (kind: CredentialKind, finding: Finding): Finding => {
    const isWrong = finding.state === 'rejected' && WRONG.has(finding.reason)
    if (kind === 'client-certificate') wrongCertificate ||= isWrong
    else {
      wrongHeader ||= isWrong
      goodHeader ||= finding.state === 'proven' || (finding.state === 'rejected' && finding.reason === 'authority_unavailable')
    }
    return finding
  }
  return {
    ask(credential: Credential): Finding | Promise<Finding> {
      const { kind } = credential
      const finding = credential.check(facts, address)
      return finding instanceof Promise ? finding.then((found) => note(kind, found)) : note(kind, finding)
    },
    get isWrong() {
      return wrongCertificate || (wrongHeader && !goodHeader)
    },
  }
}

const isOpen = (decision: Decision): boolean => decision.allow && decision.principal.credential === 'none'

/** A second at the least: a place falls free when a scrape ends, and nobody knows when. */
function denyFor(reason: 'rate_limited' | 'locked_out', milliseconds: number): Deny {
  const { status } = REASONS[reason]
  return { allow: false, status, reason, challenges: [], retryAfterSeconds: Math.max(1, Math.ceil(milliseconds / 1_000)) }
}
