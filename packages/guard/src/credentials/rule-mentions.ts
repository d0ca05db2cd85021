/** Credentials that count for some rules alone name them; a name that is no rule's would silently count for none. */
import { policyError } from '../errors.ts'
import type { Faults } from '../options/faults.ts'

export interface RuleMention {
  /** Where in the credential's options the name is written. */
  readonly path: readonly (string | number)[]
  readonly rule: string
}

/** @param mentions of each credential, in the order of the policy. @param rules names of the rules there are. */
export function refuseUnknownRules(mentions: readonly (readonly RuleMention[])[], rules: readonly string[], faults: Faults): void {
  for (const [index, ofCredential] of mentions.entries()) {
    for (const { path, rule } of ofCredential) {
      if (rules.includes(rule)) continue
      faults.attempt(['credentials', index, ...path], () => {
        throw policyError('ERR_POSTERN_POLICY', `no rule is called ${JSON.stringify(rule)}`, { fix: `There are: ${rules.join(', ')}.` })
      })
    }
  }
}
