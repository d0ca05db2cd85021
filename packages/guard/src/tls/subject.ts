/** What a certificate says of its subject, read from its bytes: a text form can be made to look like another (CVE-2021-44533). */
import { type DerValue, integerText, readValues, TAG } from './der.ts'

export interface Subject {
  /** Every common name and every organisation, in order, however they are grouped. Those that no log line could hold are left out. */
  readonly commonNames: readonly string[]
  readonly organizations: readonly string[]
}

export interface CertificateFields {
  /** Comparable text, see `integerText`. */
  readonly serialNumber: string
  /** Names as they are encoded, hexadecimal. */
  readonly subjectName: string
  readonly subject: Subject
}

const COMMON_NAME = '550403'
const ORGANIZATION = '55040a'

/**
 * @param der a certificate (RFC 5280, 4.1)
 * @throws {RangeError} when it is none
 */
export function readCertificateFields(der: Buffer): CertificateFields {
  const [certificate] = readValues(der)
  const [body] = inside(certificate)
  const [first, ...others] = inside(body)
  // A certificate of version 1 does not say so and begins with its serial number.
  const [serial, , , , name] = first?.tag === TAG.context0 ? others : [first, ...others]
  if (serial?.tag !== TAG.integer || name?.tag !== TAG.sequence) throw new RangeError('no certificate')
  return { serialNumber: integerText(serial), subjectName: name.whole.toString('hex'), subject: readSubject(name) }
}

function readSubject(name: DerValue): Subject {
  // Go writes several organisations as one set of many, OpenSSL as many sets of one: both mean the same.
  const attributes = readValues(name.content).flatMap((set) => readValues(set.content).map((attribute) => inside(attribute)))
  const valuesOf = (type: string): string[] =>
    attributes.flatMap(([id, value]) => (id?.content.toString('hex') === type && value !== undefined ? readText(value) : []))
  return { commonNames: valuesOf(COMMON_NAME), organizations: valuesOf(ORGANIZATION) }
}

const inside = (value: DerValue | undefined): readonly DerValue[] => (value === undefined ? [] : readValues(value.content))

const TEXTS: readonly number[] = [TAG.utf8String, TAG.printableString, TAG.ia5String]
/** The longest SPIFFE ID. */
const MAX_LENGTH = 2_048

/** One text or none: bytes that are no UTF-8, control characters and what turns the direction of a line name nobody. */
function readText({ tag, content }: DerValue): readonly string[] {
  const text = TEXTS.includes(tag) ? content.toString('utf8') : ''
  return isShowable(text) ? [text] : []
}

/** True for a text that can stand in a log line and be told from others: printable, not empty, not endless. */
export const isShowable = (text: string): boolean => text !== '' && text.length <= MAX_LENGTH && !/[\p{C}\ufffd]/u.test(text)
