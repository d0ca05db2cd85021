/** `postern demo`: an application, a policy, a gateway and Prometheus' half, set up and proven in one go. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type GuardEvent, PosternError } from '@postern/guard'
import type { Command } from 'commander'
import { hasPort } from '../config/listen-address.ts'
import type { ProofRow } from '../demo/proof.ts'
import type { ShopProcess } from '../demo/shop-process.ts'
import { commandError } from '../errors.ts'
import type { ProvisionedKind } from '../generate/model.ts'
import { shellWord, showPath } from '../show-path.ts'
import { type CommandContext, ended, printJson, printLine } from './context.ts'

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
  const [{ provision }, { SHOP_URL, startShop }] = await Promise.all([import('../provision/index.ts'), import('../demo/shop-process.ts')])
  const dir = resolve(context.cwd, flags.dir)
  const made = await provision(dir, {
    upstream: SHOP_URL,
    ...(flags.listen === undefined ? {} : { listen: flags.listen }),
    // Both are overridden below: the folder may be somebody's own.
    existing: 'any',
  })
  const was = WAS[made.status]
  say(flags, context, `policy       ${showPath(dir, context.cwd)} ${was}`)
  const shop = await startShop()
  try {
    say(flags, context, `application  a small shop with open metrics at ${shop.url} (process ${shop.pid})`)
    await guardShop(shop, dir, flags, context)
  } finally {
    await shop.close()
  }
}

const WAS = {
  unchanged: 'was there and is kept',
  renewed: 'was there and is kept, with new certificates and secrets',
  created: 'was made: a policy, certificates, secrets and prometheus.yml',
  replaced: 'was made anew: a policy, certificates, secrets and prometheus.yml',
} as const

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
  }).catch((error: unknown) => {
    throw withWayOut(error, config.listen.find(hasPort)?.port ?? 0, dir, context)
  })
  try {
    const url = `${gateway.origins[0]}${config.routes[0]?.path}`
    say(flags, context, `gateway      ${url}`)
    await proveAndTell(url, gateway.origins, dir, flags, context)
    proving = false
    await ended(context.signal)
  } finally {
    await gateway.close()
  }
}

/** A port that is taken: the folder names it to Prometheus, so that another port wants another folder. */
function withWayOut(error: unknown, taken: number, dir: string, context: CommandContext): unknown {
  if (!(error instanceof PosternError) || error.code !== 'ERR_POSTERN_LISTEN') return error
  const port = taken + 10_000 > 65_535 ? taken - 10_000 : taken + 10_000
  const demo = context.env['npm_lifecycle_event'] === 'start' ? 'npm start --' : 'postern demo'
  const other = shellWord(`${showPath(dir, context.cwd)}-${port}`)
  return new PosternError(error.code, error.message, {
    path: error.path,
    fix: `End the other program, or take another port and a folder for it: ${demo} --listen localhost:${port} --dir ${other}`,
    cause: error,
  })
}

/** Progress is for people; a program reads the proof and the ready line. */
function say(flags: DemoFlags, context: CommandContext, line: string): void {
  if (!flags.json) printLine(context, line)
}

async function proveAndTell(
  url: string,
  origins: readonly string[],
  dir: string,
  flags: DemoFlags,
  context: CommandContext,
): Promise<void> {
  const [{ prove }, { SHOP_URL }, { describeNextSteps, FILES }] = await Promise.all([
    import('../demo/proof.ts'),
    import('../demo/shop-process.ts'),
    import('../provision/index.ts'),
  ])
  const file = (name: keyof typeof FILES): string => join(dir, FILES[name].path)
  const has: readonly (readonly [ProvisionedKind, keyof typeof FILES])[] = [
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
      // --force alone would keep the policy.
      fix: `If ${showPath(dir, context.cwd)} was changed by hand, make it anew: postern init --force --dir ${shellWord(showPath(dir, context.cwd))} --upstream ${SHOP_URL}`,
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
  const elsewhere = await findOtherTargets(origins, dir)
  if (elsewhere.length === 0) printLine(context, `Scrape it with Prometheus:  ${next.prometheus}`)
  else {
    const serves = origins.map((origin) => new URL(origin).host).join(', ')
    printLine(
      context,
      `${showPath(file('prometheus'), context.cwd)} names ${elsewhere.join(', ')}, and this demo serves ${serves}: make another folder with --dir, or write ${serves} in its targets.`,
    )
  }
  printLine(context, 'Ctrl-C ends everything.')
  printLine(context)
  printLine(context, `postern ready ${url}`)
}

/** The targets of prometheus.yml, when none of them leads to `origins`; a name other than localhost may lead anywhere. */
async function findOtherTargets(origins: readonly string[], dir: string): Promise<readonly string[]> {
  const [{ readTargets }, { mayReach }, { isLoopbackHost }] = await Promise.all([
    import('../provision/index.ts'),
    import('../config/hosts.ts'),
    import('@postern/guard'),
  ])
  const parts = (text: string): { host: string; port: string } => {
    const { hostname, port } = new URL(text)
    return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? '443' : port }
  }
  const served = origins.map(parts)
  const targets = await readTargets(dir)
  const leadsHere = (target: string): boolean => {
    if (!URL.canParse(`https://${target}`)) return false
    const { host, port } = parts(`https://${target}`)
    return served.some((one) => one.port === port && (!isLoopbackHost(host) || mayReach(host, one.host)))
  }
  return targets.some(leadsHere) ? [] : targets
}

const formatRow = ({ name, expected, seen, holds }: ProofRow): string =>
  `${holds ? 'ok  ' : 'FAIL'}  ${name}: expected ${expected}, seen ${seen}`
