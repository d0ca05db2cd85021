/** `postern serve`: the gateway of a policy, until it is told to end. */
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { GatewayConfig } from '../config/load.ts'
import type { GatewayLog } from '../gateway/log.ts'
import { type CommandContext, ended, printJson, printLine } from './context.ts'

interface ServeFlags {
  readonly config?: string
  readonly 'web.config.file'?: string
  readonly 'web.listenAddress'?: readonly string[]
  readonly allowUnauthenticated?: boolean
  readonly allowPlaintext?: boolean
  readonly listen?: readonly string[]
  readonly upstream?: string
  readonly logLevel: string
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  postern serve --config .postern/postern.yaml
  postern serve --config /etc/postern/postern.yaml --upstream http://127.0.0.1:9100/metrics
  postern serve --config postern.yaml --listen localhost:9843 --log-level debug
  postern serve --web.config.file web.yml --web.listen-address :9843 --upstream http://127.0.0.1:9100/metrics

Standard output says where it serves, once it does; standard error has one JSON line for each denial and fault.
SIGTERM or SIGINT ends it: scrapes in flight have five seconds.`

export function registerServe(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('serve the gateway of a policy')
    .option('--config <file>', 'the policy, as postern init writes it')
    .option('--listen <address...>', 'serve on these addresses instead of those in the policy')
    .option('--upstream <url>', "forward to this exporter instead of the one of the policy's only route")
    .addOption(
      new Option('--web.config.file <file>', 'instead of a policy: the web configuration file of an exporter').conflicts([
        'config',
        'listen',
      ]),
    )
    .addOption(
      new Option('--web.listen-address <address>', `with it, an address to serve on; again for another one (default: ${DEFAULT_ADDRESS})`)
        .conflicts(['config', 'listen'])
        .argParser((address: string, before: readonly string[] | undefined) => [...(before ?? []), address]),
    )
    .addOption(new Option('--allow-unauthenticated', 'with it, serve other machines without a credential').conflicts('config'))
    .addOption(new Option('--allow-plaintext', 'with it, serve other machines without TLS').conflicts('config'))
    .option('--log-level <level>', 'debug, info, warn or error', parseLevel, 'info')
    .option('--json', 'print the ready line as JSON')
    .addHelpText('after', EXAMPLES)
    .action((flags: ServeFlags, command: Command) => serve(flags, command, context))
}

const DEFAULT_ADDRESS = 'localhost:9843'

async function serve(flags: ServeFlags, command: Command, context: CommandContext): Promise<void> {
  const { config: policy, 'web.config.file': webConfig } = flags
  // As commander tells it of an option that is required: here one of two is.
  if (policy === undefined && webConfig === undefined) throw missing(command, '--config <file>')
  if (webConfig !== undefined && flags.upstream === undefined) throw missing(command, '--upstream <url>')
  const [load, { openGateway }, { createLog }] = await Promise.all([
    import('../config/load.ts'),
    import('../gateway/gateway.ts'),
    import('../gateway/log.ts'),
  ])
  const log = createLog(context.stderr, flags.logLevel)
  const config =
    webConfig === undefined ? loadPolicy(load, String(policy), flags, log, context) : loadWeb(load, webConfig, flags, log, context)
  const gateway = await openGateway(config, log)
  const served = gateway.origins.flatMap((origin) =>
    config.routes.map((route) => ({ url: `${origin}${route.path}`, upstream: route.upstream.href })),
  )
  if (flags.json) printJson(context, { ready: true, served })
  else for (const { url, upstream } of served) printLine(context, `postern serving ${url} -> ${upstream}`)
  await ended(context.signal)
  await gateway.close()
}

type Load = typeof import('../config/load.ts')

function loadPolicy({ loadConfig }: Load, policy: string, flags: ServeFlags, log: GatewayLog, { cwd }: CommandContext): GatewayConfig {
  return loadConfig({
    file: resolve(cwd, policy),
    ...(flags.listen ? { listen: flags.listen } : {}),
    ...(flags.upstream === undefined ? {} : { upstream: flags.upstream }),
    onEvent: log,
    watch: true,
  })
}

function loadWeb({ loadWebConfig }: Load, file: string, flags: ServeFlags, log: GatewayLog, { cwd }: CommandContext): GatewayConfig {
  return loadWebConfig({
    file: resolve(cwd, file),
    listen: flags['web.listenAddress'] ?? [DEFAULT_ADDRESS],
    upstream: String(flags.upstream),
    allowUnauthenticated: flags.allowUnauthenticated ?? false,
    allowPlaintext: flags.allowPlaintext ?? false,
    onEvent: log,
    watch: true,
  })
}

const missing = (command: Command, option: string): never =>
  command.error(`error: required option '${option}' not specified`, { code: 'commander.missingMandatoryOptionValue' })

function parseLevel(text: string): string {
  if (['debug', 'info', 'warn', 'error'].includes(text)) return text
  throw new InvalidArgumentError('It is debug, info, warn or error.')
}
