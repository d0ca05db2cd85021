/** `postern init`: a folder with a policy, certificates, secrets and a configuration of Prometheus that fit together. */
import { isAbsolute, resolve } from 'node:path'
import type { Command } from 'commander'
import type { ProvisionResult, Renewed, Unchanged, Written } from '../provision/index.ts'
import { shellWord, showPath } from '../show-path.ts'
import { type CommandContext, printJson, printLine } from './context.ts'

interface InitFlags {
  readonly dir: string
  readonly upstream?: string
  readonly host?: readonly string[]
  readonly listen?: string
  readonly auth?: string
  readonly force?: true
  readonly json?: true
}

const EXAMPLES = `
Examples:
  Set up everything for an application that has its metrics on 127.0.0.1:8080:
    postern init --dir /etc/postern --upstream http://127.0.0.1:8080/metrics

  Serve other machines, for a Prometheus that dials app1.example.org:
    postern init --dir /etc/postern --listen 0.0.0.0:9843 --host app1.example.org

  Passwords only:
    postern init --auth basic

  Make new certificates and secrets before the old ones end:
    postern init --dir /etc/postern --force

A folder that is set up already is left as it is. --force makes new certificates and secrets and keeps postern.yaml and
prometheus.yml; together with --listen, --upstream, --host or --auth it makes these two anew as well, takes what is not
given from the folder, and keeps the policy that was there as postern.yaml.previous.
`

export function registerInit(program: Command, context: CommandContext): void {
  program
    .command('init')
    .description('Write a policy, certificates, secrets and a configuration of Prometheus into a folder.')
    .option('--dir <dir>', 'the folder, made when it is missing', '.postern')
    .option('--upstream <url>', 'the metrics to guard; without a path, /metrics there (default: http://127.0.0.1:8080/metrics)')
    .option('--host <name>', 'a name or address that Prometheus dials; may be repeated (default: those of --listen)', collect)
    .option('--listen <address>', 'HOST:PORT to serve (default: localhost:9843)')
    .option('--auth <kinds>', 'credentials to make (default: basic,bearer,client-certificate)')
    .option('--force', 'make new certificates and secrets in a folder that is set up already')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: InitFlags) => init(flags, context))
}

async function init(flags: InitFlags, context: CommandContext): Promise<void> {
  const { parseCredentialKinds, provision } = await import('../provision/index.ts')
  const dir = isAbsolute(flags.dir) ? flags.dir : resolve(context.cwd, flags.dir)
  const result = await provision(dir, {
    ...(flags.upstream !== undefined && { upstream: flags.upstream }),
    ...(flags.host !== undefined && { hosts: flags.host }),
    ...(flags.listen !== undefined && { listen: flags.listen }),
    ...(flags.auth !== undefined && { auth: parseCredentialKinds(flags.auth) }),
    ...(flags.force && { force: true }),
    cwd: context.cwd,
  })
  await (flags.json ? reportToProgram(result, context) : reportToPerson(result, context))
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value]
}

async function reportToProgram(result: ProvisionResult, context: CommandContext): Promise<void> {
  const { status, dir, files, notAfter } = result
  printJson(context, {
    status,
    dir,
    files: files.map(({ path, mode }) => ({ path, mode: mode.toString(8).padStart(4, '0') })),
    notAfter,
    ...(await detailsOf(result, context)),
  })
}

async function detailsOf(result: ProvisionResult, context: CommandContext): Promise<Record<string, unknown>> {
  if (result.status === 'unchanged') return { missing: result.missing }
  if (result.status === 'renewed') return { hosts: result.hosts, credentials: result.credentials, missing: result.missing }
  const { describeNextSteps } = await import('../provision/index.ts')
  const { url, upstream, hosts, credentials } = result.endpoint
  const next = describeNextSteps(result.dir, result.endpoint, context.cwd)
  return { url, upstream, hosts, credentials, ...(result.previous !== undefined && { previous: result.previous }), next }
}

type Print = (line?: string) => void

async function reportToPerson(result: ProvisionResult, context: CommandContext): Promise<void> {
  const print: Print = (line = '') => printLine(context, line)
  const shown = showPath(result.dir, context.cwd)
  if (result.status === 'unchanged' || result.status === 'renewed') {
    if (result.status === 'unchanged') print(`${shown} is set up already; nothing was changed.`)
    else
      print(
        `Renewed: ${shown}, certificates for ${result.hosts.join(', ')} and all secrets; postern.yaml and prometheus.yml are as they were.`,
      )
    printMissing(result, print)
    printEnds(result, print)
    if (result.status === 'renewed') print('Restart the gateway and Prometheus: until then they may use the old ones.')
    print()
    const { FILES } = await import('../provision/index.ts')
    print(`Serve it:  postern serve --config ${shellWord(showPath(`${result.dir}/${FILES.policy.path}`, context.cwd))}`)
    return
  }
  await reportWritten(result, shown, print, context)
}

async function reportWritten(result: Written, shown: string, print: Print, context: CommandContext): Promise<void> {
  const { describeNextSteps } = await import('../provision/index.ts')
  const { endpoint } = result
  const at = (path: string): string => showPath(`${result.dir}/${path}`, context.cwd)
  print(`${result.status === 'created' ? 'Set up' : 'Made anew'}: ${shown}, a guard at ${endpoint.url} in front of ${endpoint.upstream}`)
  if (result.previous !== undefined) print(`The policy that was there, with its addresses and routes, is now ${at(result.previous)}.`)
  print()
  const width = Math.max(...result.files.map(({ path }) => path.length))
  for (const { path, purpose } of result.files) print(`  ${at(path).padEnd(width + shown.length + 1)}  ${purpose}`)
  print()
  print(`Credentials, each of them enough: ${endpoint.credentials.join(', ')}. Their values are in these files and nowhere else.`)
  printEnds(result, print)
  print()
  const next = describeNextSteps(result.dir, endpoint, context.cwd)
  print('Next:')
  print(`  ${next.serve}`)
  print(`  ${next.prometheus}`)
  print(`  ${next.curl}`)
}

/** --force alone brings back certificates and secrets; the two configurations are its owner's. */
function printMissing({ status, missing }: Unchanged | Renewed, print: Print): void {
  for (const name of missing) print(`  missing: ${name}`)
  if (missing.length === 0) return
  print(
    status === 'unchanged' && !missing.includes('prometheus.yml')
      ? 'Put back what is missing, or make new certificates and secrets: postern init --force with the same --dir.'
      : 'Put back what is missing, or make everything new: postern init --force with the same --dir and an --upstream.',
  )
}

/** The days the certificates end, since nothing renews them yet. */
function printEnds({ notAfter }: ProvisionResult, print: Print): void {
  const day = (date: Date): string => date.toISOString().slice(0, 10)
  const ends = [
    notAfter.server && `server ${day(notAfter.server)}`,
    notAfter.client && `client ${day(notAfter.client)}`,
    notAfter.authority && `authority ${day(notAfter.authority)}`,
  ].filter((end) => end !== undefined)
  if (ends.length > 0) print(`Certificates end: ${ends.join(', ')}. Make new ones before that: postern init --force with the same --dir.`)
}
