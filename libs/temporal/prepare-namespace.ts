import proto from '@temporalio/proto';
import Long from 'long';
import type { NativeConnection } from '@temporalio/worker';
import { logger } from '#libs/telemetry/logger.js';

/** By name. The UI finds and lists workflows by them. */
export type SearchAttributeTypes = Readonly<Record<string, 'KEYWORD' | 'BOOL'>>;

const DAY_SECONDS = 86_400;
const RETENTION_DAYS = 30;
const { IndexedValueType } = proto.temporal.api.enums.v1;
const TYPES = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  BOOL: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
} as const;

/** Sees to it that the namespace knows the search attributes and keeps closed workflows for 30 days. Repeatable. */
export async function prepareNamespace(
  connection: NativeConnection,
  namespace: string,
  wanted: SearchAttributeTypes,
): Promise<void> {
  await addSearchAttributes(connection, namespace, wanted);
  await raiseRetention(connection, namespace);
}

async function addSearchAttributes(
  { operatorService }: NativeConnection,
  namespace: string,
  wanted: SearchAttributeTypes,
): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(wanted).filter(([name]) => customAttributes[name] === undefined);
  if (missing.length === 0) return;
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]])),
  });
  logger().info({ namespace, searchAttributes: missing.map(([name]) => name) }, 'search attributes added');
}

async function raiseRetention({ workflowService }: NativeConnection, namespace: string): Promise<void> {
  const { config } = await workflowService.describeNamespace({ namespace });
  const seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  if (seconds >= RETENTION_DAYS * DAY_SECONDS) return;
  const workflowExecutionRetentionTtl = { seconds: Long.fromNumber(RETENTION_DAYS * DAY_SECONDS) };
  await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } });
  logger().info({ namespace, days: RETENTION_DAYS }, 'closed workflows are kept for longer');
}
