/**
 * What every way to guarded metrics must hold, as data and a runner: the adapters, the one-call server and the gateway run the same cases.
 * A way in is one more {@link Mount}; a case it cannot hold is skipped under a reason, never left out.
 */
export { type AdapterCase, COLUMNS, type Conversation, EXPOSITION, type Mount, type Mounted, type MountOptions, type Talk } from './case.ts'
export { CASES, CONVERSATIONS, isConversation, THEMES } from './catalogue.ts'
export { bytesOf, describeAdapter } from './describe.ts'
export { PASSWORD, POLICY, TOKEN, USERS } from './policy.ts'
export { isWriting, readSightings, type Sighting, Sightings } from './sightings.ts'
