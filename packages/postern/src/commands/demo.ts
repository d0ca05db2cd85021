/** `postern demo`: an application, a policy, a gateway and Prometheus' half, set up and proven in one go. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { CredentialKind, GuardEvent } from '@postern/guard'
import type { Command } from 'commander'
import type { ProofRow } from '../demo/proof.ts'
import type { ShopProcess } from '../demo/shop-process.ts'
import { commandError } from '../errors.ts'
import { type CommandContext, printJson, printLine } from './context.ts'
import { ended } from './serve.ts'

interface DemoFlags {
  readonly dir: string
  readonly listen?: string
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  postern demo
  postern demo --dir /tmp/postern-demo --listen localhost:19843

The folder is made once, as postern init makes it, and kept. Ctrl-C ends everything.`

export function registerDemo(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('set up, guard and prove an example application')
    .option('--dir <dir>', 'the folder of policy, certificates and secrets', '.postern')
    .option('--listen <address>', 'HOST:PORT to serve (default: that of the folder, localhost:9843 in a new one)')
    .option('--json', 'print what was proven as JSON, a line each')
    .addHelpText('after', EXAMPLES)
    .action((flags: DemoFlags) => demo(flags, context))
}

async function demo(flags: DemoFlags, context: CommandContext): Promise<void> {
  const [{ provision, showPath }, { SHOP_PORT, startShop }] = await Promise.all([
    import('../provision/index.ts'),
    import('../demo/shop-process.ts'),
  ])
  const dir = resolve(context.cwd, flags.dir)
  const made = await provision(dir, {
    upstream: `http://127.0.0.1:${SHOP_PORT}/metrics`,
    ...(flags.listen === undefined ? {} : { listen: flags.listen }),
  })
  const was = made.status === 'unchanged' ? 'was there and is kept' : 'was made: a policy, certificates, secrets and prometheus.yml'
  say(flags, context, `policy       ${showPath(dir, context.cwd)} ${was}`)
  const shop = await startShop()
  try {
    say(flags, context, `application  a small shop with open metrics at ${shop.url} (process ${shop.pid})`)
    await guardShop(shop, dir, flags, context)
  } finally {
    await shop.close()
  }
}

async function guardShop(shop: ShopProcess, dir: string, flags: DemoFlags, context: CommandContext): Promise<void> {
  const [{ loadConfig }, { openGateway }, { createLog }] = await Promise.all([
    import('../config/load.ts'),
    import('../gateway/gateway.ts'),
    import('../gateway/log.ts'),
  ])
  const log = createLog(context.stderr, 'info')
  // The proof is refused on purpose: those denials are its result, and no news for the log.
  let proving = true
  const config = loadConfig({
    file: join(dir, 'postern.yaml'),
    upstream: shop.url,
    ...(flags.listen === undefined ? {} : { listen: [flags.listen] }),
    onEvent: (event: GuardEvent) => {
      if (!proving || event.type === 'warning') log(event)
    },
  })
  const gateway = await openGateway(config, (event) => {
    if (!proving) log(event)
  })
  try {
    const url = `${gateway.origins[0]}${config.routes[0]?.path}`
    say(flags, context, `gateway      ${url}`)
    await proveAndTell(url, dir, flags, context)
    proving = false
    await ended(context.signal)
  } finally {
    await gateway.close()
  }
}

/** Progress is for people; a program reads the proof and the ready line. */
function say(flags: DemoFlags, context: CommandContext, line: string): void {
  if (!flags.json) printLine(context, line)
}

async function proveAndTell(url: string, dir: string, flags: DemoFlags, context: CommandContext): Promise<void> {
  const [{ prove }, { describeNextSteps, FILES, showPath }] = await Promise.all([
    import('../demo/proof.ts'),
    import('../provision/index.ts'),
  ])
  const file = (name: keyof typeof FILES): string => join(dir, FILES[name].path)
  const has: readonly (readonly [CredentialKind, keyof typeof FILES])[] = [
    ['basic', 'password'],
    ['bearer', 'token'],
    ['client-certificate', 'clientKey'],
  ]
  const credentials = has.filter(([, name]) => existsSync(file(name)))
  const kinds = credentials.map(([kind]) => kind)
  const rows = await prove(url, dir, kinds)
  for (const row of rows) {
    if (flags.json) printJson(context, { proof: row })
    else printLine(context, `proof        ${formatRow(row)}`)
  }
  const failed = rows.find((row) => !row.holds)
  if (failed) {
    throw commandError('ERR_POSTERN_DEMO', `the ${failed.name} was expected to end with ${failed.expected} and ended with ${failed.seen}`, {
      fix: `If ${showPath(dir, context.cwd)} was changed by hand, make it anew: postern init --force --dir ${showPath(dir, context.cwd)}`,
    })
  }
  if (flags.json) {
    printJson(context, { ready: true, url })
    return
  }
  const next = describeNextSteps(dir, { url, credentials: kinds }, context.cwd)
  printLine(context)
  printLine(
    context,
    `Credentials of the scraper, any one of them enough: ${credentials.map(([, name]) => showPath(file(name), context.cwd)).join(', ')}`,
  )
  printLine(context, `Scrape it by hand:          ${next.curl}`)
  printLine(context, `Scrape it with Prometheus:  ${next.prometheus}`)
  printLine(context, 'Ctrl-C ends everything.')
  printLine(context)
  printLine(context, `postern ready ${url}`)
}

const formatRow = ({ name, expected, seen, holds }: ProofRow): string =>
  `${holds ? 'ok  ' : 'FAIL'}  ${name}: expected ${expected}, seen ${seen}`
