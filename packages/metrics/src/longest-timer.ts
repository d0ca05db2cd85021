/** What a timer of Node can wait for: with more, it waits for one millisecond. */
export const LONGEST_TIMER_MILLISECONDS = 2_147_483_647
