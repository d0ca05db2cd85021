/** `postern init`: a folder with a policy, certificates, secrets and a configuration of Prometheus that fit together. */
import { isAbsolute, resolve } from 'node:path'
import type { Command } from 'commander'
import type { ProvisionResult } from '../provision/index.ts'
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

A folder that is set up already is left as it is. --force makes new certificates and secrets,
and keeps the policy that was there as postern.yaml.previous.
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
    .option('--force', 'make everything new in a folder that is set up already')
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
  })
  await (flags.json ? reportToProgram(result, context) : reportToPerson(result, context))
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value]
}

async function reportToProgram(result: ProvisionResult, context: CommandContext): Promise<void> {
  const { describeNextSteps } = await import('../provision/index.ts')
  const { status, dir, files, notAfter } = result
  printJson(context, {
    status,
    dir,
    files: files.map(({ path, mode }) => ({ path, mode: mode.toString(8).padStart(4, '0') })),
    notAfter,
    ...(result.status === 'unchanged'
      ? { missing: result.missing }
      : {
          url: result.endpoint.url,
          upstream: result.endpoint.upstream,
          hosts: result.endpoint.hosts,
          credentials: result.endpoint.credentials,
          next: describeNextSteps(dir, result.endpoint, context.cwd),
        }),
  })
}

async function reportToPerson(result: ProvisionResult, context: CommandContext): Promise<void> {
  const { describeNextSteps, FILES, shellWord, showPath } = await import('../provision/index.ts')
  const shown = showPath(result.dir, context.cwd)
  const print = (line = ''): void => printLine(context, line)
  if (result.status === 'unchanged') {
    print(`${shown} is set up already; nothing was changed.`)
    for (const name of result.missing) print(`  missing: ${name}`)
    if (result.missing.length > 0) print('Put back what is missing, or make everything new: the same command with --force.')
    printEnds(result, print)
    print()
    print(`Serve it:  postern serve --config ${shellWord(showPath(`${result.dir}/${FILES.policy.path}`, context.cwd))}`)
    return
  }
  const { endpoint } = result
  print(`${result.status === 'created' ? 'Set up' : 'Made anew'}: ${shown}, a guard at ${endpoint.url} in front of ${endpoint.upstream}`)
  print()
  const width = Math.max(...result.files.map(({ path }) => path.length))
  for (const { path, purpose } of result.files)
    print(`  ${showPath(`${result.dir}/${path}`, context.cwd).padEnd(width + shown.length + 1)}  ${purpose}`)
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

/** The days the certificates end, since nothing renews them yet. */
function printEnds({ notAfter }: ProvisionResult, print: (line: string) => void): void {
  const day = (date: Date): string => date.toISOString().slice(0, 10)
  const ends = [
    notAfter.server && `server ${day(notAfter.server)}`,
    notAfter.client && `client ${day(notAfter.client)}`,
    notAfter.authority && `authority ${day(notAfter.authority)}`,
  ].filter((end) => end !== undefined)
  if (ends.length > 0) print(`Certificates end: ${ends.join(', ')}. Make new ones before that: the same command with --force.`)
}
