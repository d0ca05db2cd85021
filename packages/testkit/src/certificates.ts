/** Certificates made by the openssl command: an oracle that shares no line with the code under test. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from './folder.ts'

const run = promisify(execFile)

/** Certificate and key, PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
}

export interface CertificateRequest {
  /** Common name of the subject; or the whole as openssl writes it, `/O=a/O=b+CN=c`. */
  readonly subject: string
  /** Left out: signed by its own key. */
  readonly issuer?: Pair
  /** A key that exists, PEM. Left out: a new one. */
  readonly key?: string
  /** True for an authority, which has no extended key usage. */
  readonly ca?: boolean
  /** Subject alternative names as openssl writes them, `DNS:a.example` or `IP:10.0.0.1`; a comma is part of the name. */
  readonly names?: readonly string[]
  /** Default `clientAuth`. */
  readonly usage?: 'clientAuth' | 'serverAuth'
  /** Default a P-256 key. */
  readonly rsaBits?: number
  /** Default an hour ago and in thirty days. */
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** False leaves out subject and authority key identifiers, as many home-made scripts do. Default true. */
  readonly keyIdentifiers?: boolean
}

const HOUR = 3_600_000

/** Makes a P-256 key and its certificate. */
export async function issueCertificate(request: CertificateRequest): Promise<Pair> {
  await using folder = await temporaryFolder()
  const file = (name: string): string => join(folder.path, name)
  await folder.write('index.txt', '')
  await folder.write('ca.cnf', configuration(folder.path, request))
  const kind = request.rsaBits ? [`rsa:${request.rsaBits}`] : ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  const key = request.key
    ? ['-key', await folder.write('key.pem', request.key)]
    : ['-newkey', ...kind, '-nodes', '-keyout', file('key.pem')]
  const subject = ['-subj', request.subject.startsWith('/') ? request.subject : `/CN=${request.subject}`]
  await run('openssl', ['req', '-new', '-utf8', '-config', file('ca.cnf'), ...key, ...subject, '-out', file('csr.pem')])
  const signer = request.issuer
    ? ['-cert', await folder.write('issuer.pem', request.issuer.cert), '-keyfile', await folder.write('issuer.key', request.issuer.key)]
    : ['-selfsign', '-keyfile', file('key.pem')]
  const { notBefore = new Date(Date.now() - HOUR), notAfter = new Date(Date.now() + 30 * 24 * HOUR) } = request
  const life = ['-startdate', generalizedTime(notBefore), '-enddate', generalizedTime(notAfter)]
  await run('openssl', [
    'ca',
    '-batch',
    '-notext',
    '-preserveDN',
    '-config',
    file('ca.cnf'),
    ...signer,
    ...life,
    '-in',
    file('csr.pem'),
    '-out',
    file('cert.pem'),
  ])
  return { cert: await readFile(file('cert.pem'), 'utf8'), key: await readFile(file('key.pem'), 'utf8') }
}

export interface RevocationRequest {
  readonly issuer: Pair
  readonly revoked?: readonly Pair[]
  /** Default an hour ago and in thirty days. */
  readonly thisUpdate?: Date
  readonly nextUpdate?: Date
  /** Lines of the section of extensions, as openssl writes them. */
  readonly extensions?: readonly string[]
}

/** Makes a revocation list, PEM. */
export async function issueRevocationList(request: RevocationRequest): Promise<string> {
  await using folder = await temporaryFolder()
  await folder.write('index.txt', '')
  const { thisUpdate = new Date(Date.now() - HOUR), nextUpdate = new Date(Date.now() + 30 * 24 * HOUR), extensions } = request
  const section = extensions ? ['[list]', ...extensions] : []
  const config = [...configuration(folder.path, { subject: '', ca: true }).split('\n'), ...section, ''].join('\n')
  const ca = ['ca', '-config', await folder.write('ca.cnf', config)]
  const signer = [
    '-cert',
    await folder.write('issuer.pem', request.issuer.cert),
    '-keyfile',
    await folder.write('issuer.key', request.issuer.key),
  ]
  for (const { cert } of request.revoked ?? []) await run('openssl', [...ca, ...signer, '-revoke', await folder.write('revoked.pem', cert)])
  const days = ['-crl_lastupdate', generalizedTime(thisUpdate), '-crl_nextupdate', generalizedTime(nextUpdate)]
  const out = join(folder.path, 'list.pem')
  await run('openssl', [...ca, ...signer, '-gencrl', ...days, ...(extensions ? ['-crlexts', 'list'] : []), '-out', out])
  return readFile(out, 'utf8')
}

const generalizedTime = (date: Date): string => `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`

function configuration(
  folder: string,
  { ca = false, names = [], usage = 'clientAuth', keyIdentifiers = true }: CertificateRequest,
): string {
  const alternatives = names.map((name, index) => {
    const colon = name.indexOf(':')
    return `${name.slice(0, colon)}.${index} = ${name.slice(colon + 1).replaceAll(/[\\'"$#]/g, String.raw`\$&`)}`
  })
  return [
    '[req]',
    'distinguished_name = subject',
    '[subject]',
    '[ca]',
    'default_ca = here',
    '[here]',
    `database = ${folder}/index.txt`,
    `new_certs_dir = ${folder}`,
    'rand_serial = yes',
    'unique_subject = no',
    'default_md = sha256',
    'policy = any',
    'x509_extensions = extensions',
    '[any]',
    'commonName = optional',
    '[extensions]',
    `basicConstraints = critical, CA:${ca ? 'TRUE' : 'FALSE'}`,
    ...(ca ? ['keyUsage = critical, keyCertSign, cRLSign'] : ['keyUsage = critical, digitalSignature', `extendedKeyUsage = ${usage}`]),
    ...(keyIdentifiers ? ['subjectKeyIdentifier = hash', 'authorityKeyIdentifier = keyid'] : []),
    ...(names.length > 0 ? ['subjectAltName = @names', '[names]', ...alternatives] : []),
    '',
  ].join('\n')
}
