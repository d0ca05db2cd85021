/** Which Node.js this house needs. Written for old ones: whoever lacks ours must still be able to read the message. */

/**
 * The line to print when `version` is too old for `range`, else undefined.
 * @param {string} version as in process.version, "v20.19.0"
 * @param {string} range as in package.json's engines, ">=20.19"
 * @returns {string | undefined}
 */
export function nodeVersionFault(version, range) {
  const wanted = /^>=(\d+)\.(\d+)$/.exec(range)
  const found = /^v(\d+)\.(\d+)\./.exec(version)
  if (wanted === null || found === null) return `Cannot compare Node.js ${version} with the range "${range}" of package.json.`
  const [major, minor] = [Number(found[1]), Number(found[2])]
  const [wantedMajor, wantedMinor] = [Number(wanted[1]), Number(wanted[2])]
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return undefined
  return `Postern needs Node.js ${wantedMajor}.${wantedMinor} or later and this is ${version}. Install a newer one from https://nodejs.org.`
}
