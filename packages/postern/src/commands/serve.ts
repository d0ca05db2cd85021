/** `postern serve`: the gateway of a policy, until it is told to end. */
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { type CommandContext, ended, printJson, printLine } from './context.ts'

interface ServeFlags {
  readonly config: string
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

Standard output says where it serves, once it does; standard error has one JSON line for each denial and fault.
SIGTERM or SIGINT ends it: scrapes in flight have five seconds.`

export function registerServe(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('serve the gateway of a policy')
    .requiredOption('--config <file>', 'the policy, as postern init writes it')
    .option('--listen <address...>', 'serve on these addresses instead of those in the policy')
    .option('--upstream <url>', "forward to this exporter instead of the one of the policy's only route")
    .option('--log-level <level>', 'debug, info, warn or error', parseLevel, 'info')
    .option('--json', 'print the ready line as JSON')
    .addHelpText('after', EXAMPLES)
    .action((flags: ServeFlags) => serve(flags, context))
}

async function serve(flags: ServeFlags, context: CommandContext): Promise<void> {
  const [{ loadConfig }, { openGateway }, { createLog }] = await Promise.all([
    import('../config/load.ts'),
    import('../gateway/gateway.ts'),
    import('../gateway/log.ts'),
  ])
  const log = createLog(context.stderr, flags.logLevel)
  const config = loadConfig({
    file: resolve(context.cwd, flags.config),
    ...(flags.listen ? { listen: flags.listen } : {}),
    ...(flags.upstream === undefined ? {} : { upstream: flags.upstream }),
    onEvent: log,
    watch: true,
  })
  const gateway = await openGateway(config, log)
  const served = gateway.origins.flatMap((origin) =>
    config.routes.map((route) => ({ url: `${origin}${route.path}`, upstream: route.upstream.href })),
  )
  if (flags.json) printJson(context, { ready: true, served })
  else for (const { url, upstream } of served) printLine(context, `postern serving ${url} -> ${upstream}`)
  await ended(context.signal)
  await gateway.close()
}

function parseLevel(text: string): string {
  if (['debug', 'info', 'warn', 'error'].includes(text)) return text
  throw new InvalidArgumentError('It is debug, info, warn or error.')
}
