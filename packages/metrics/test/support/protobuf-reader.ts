/** Delimited protobuf read by protobufjs with the published schema: a judge that is not us. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Registry } from '@postern/metrics'
import protobuf from 'protobufjs'

export const ACCEPT_PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'

const { root } = protobuf.parse(readFileSync(fileURLToPath(new URL('metrics.proto', import.meta.url)), 'utf8'), { keepCase: true })
root.addJSON(protobuf.common.get('google/protobuf/timestamp.proto')?.nested ?? {})
const MetricFamily = root.lookupType('io.prometheus.client.MetricFamily')

/** Each family as a plain object, absent fields absent. */
export type DecodedFamily = Record<string, unknown> & { name: string; metric?: Record<string, unknown>[] }

export function decodeFamilies(body: Uint8Array): DecodedFamily[] {
  const reader = protobuf.Reader.create(body)
  const families: DecodedFamily[] = []
  while (reader.pos < reader.len) {
    const message = MetricFamily.decodeDelimited(reader)
    families.push(MetricFamily.toObject(message, { longs: Number, enums: String }) as DecodedFamily)
  }
  return families
}

/** One scrape of a registry in protobuf. */
export async function scrapeProtobuf(
  registry: Registry,
  accept = ACCEPT_PROTOBUF,
): Promise<{ contentType: string; families: DecodedFamily[] }> {
  const exposed = await registry.expose({ accept })
  const chunks: Uint8Array[] = []
  for await (const chunk of exposed.body ?? []) chunks.push(chunk)
  return { contentType: exposed.headers['Content-Type'] ?? '', families: decodeFamilies(Buffer.concat(chunks)) }
}
