/** Every case, by theme, in the order of the page. */
import { ADDRESS_CASES } from './addresses.ts'
import type { AdapterCase, Conversation } from './case.ts'
import { CONVERSATIONS } from './conversations.ts'
import { CREDENTIAL_CASES } from './credentials.ts'
import { FRAMING_CASES } from './framing.ts'
import { HEADER_CASES } from './headers.ts'
import { METHOD_CASES, TARGET_CASES } from './targets.ts'

export interface Theme {
  readonly title: string
  readonly rows: readonly (AdapterCase | Conversation)[]
}

export const THEMES: readonly Theme[] = [
  { title: 'Credentials', rows: CREDENTIAL_CASES },
  { title: 'Addresses', rows: ADDRESS_CASES },
  { title: 'Headers that others believe', rows: HEADER_CASES },
  { title: 'Targets', rows: TARGET_CASES },
  { title: 'Methods', rows: METHOD_CASES },
  { title: 'Framing', rows: FRAMING_CASES },
  { title: 'Conversations', rows: CONVERSATIONS },
]

export const isConversation = (row: AdapterCase | Conversation): row is Conversation => 'talk' in row

export { CONVERSATIONS } from './conversations.ts'

export const CASES: readonly AdapterCase[] = THEMES.flatMap(({ rows }) => rows.flatMap((row) => (isConversation(row) ? [] : [row])))
