/** The version that this build says it is; tools/check-dependencies holds it equal to package.json. */
export const VERSION = '0.1.0'
