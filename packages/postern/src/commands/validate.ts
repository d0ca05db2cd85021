/** `postern validate FILE`: the whole compilation of a policy, and nothing opened. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { showPath } from '../show-path.ts'
import { type CommandContext, printJson, printLine, printNote } from './context.ts'
import { asTyped } from './report.ts'

const EXAMPLES = `
Examples:
  postern validate .postern/postern.yaml
  postern validate --json /etc/postern/postern.yaml
  postern validate --web.config.file web.yml

Every file that the policy names is read and judged: hashes, tokens, certificates, the key that belongs to one.
Ends with 0 when postern serve would start, with 2 and the place of every fault when not.`

export function registerValidate(program: Command, context: CommandContext): void {
  program
    .command('validate')
    .description('check a policy and every file it names')
    .argument('[file]', 'the policy, as postern init writes it')
    .option('--web.config.file <file>', 'instead of a policy: the web configuration file of an exporter')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXAMPLES)
    .action((file: string | undefined, flags: ValidateFlags, command: Command) => {
      const webConfig = flags['web.config.file']
      const json = flags.json ?? false
      if (webConfig !== undefined && file !== undefined) {
        return command.error("error: argument 'file' cannot be used with option '--web.config.file <file>'")
      }
      if (webConfig !== undefined) return validateWebConfig(webConfig, json, context)
      if (file !== undefined) return validate(file, json, context)
      // As commander tells it of an argument that is required: here it is without the option.
      return command.error("error: missing required argument 'file'", { code: 'commander.missingArgument' })
    })
}

interface ValidateFlags {
  readonly json?: boolean
  readonly 'web.config.file'?: string
}

async function validate(file: string, json: boolean, context: CommandContext): Promise<void> {
  const { loadConfig } = await import('../config/load.ts')
  const path = resolve(context.cwd, file)
  const config = json ? naming(() => loadConfig({ file: path }), context.cwd) : loadConfig({ file: path })
  const shown = showPath(config.file, context.cwd)
  if (json) {
    printJson(context, {
      valid: true,
      file: shown,
      routes: config.routes.map((route) => ({ path: route.path, upstream: route.upstream.href })),
      warnings: config.warnings,
    })
    return
  }
  printLine(context, `${shown}: valid, ${config.routes.length} route${config.routes.length === 1 ? '' : 's'}`)
  for (const warning of config.warnings) printNote(context, `warning: ${warning}`)
}

async function validateWebConfig(file: string, json: boolean, context: CommandContext): Promise<void> {
  const { judgeWebConfig } = await import('../config/load.ts')
  const path = resolve(context.cwd, file)
  const warnings = json ? naming(() => judgeWebConfig(path), context.cwd) : judgeWebConfig(path)
  const shown = showPath(path, context.cwd)
  if (json) {
    printJson(context, { valid: true, file: shown, warnings })
    return
  }
  printLine(context, `${shown}: valid`)
  for (const warning of warnings) printNote(context, `warning: ${warning}`)
}

/** A program that reads `file` finds it spelled alike whether the policy is valid or not. */
function naming<T>(load: () => T, cwd: string): T {
  try {
    return load()
  } catch (error) {
    throw asTyped(error, cwd)
  }
}
