import { describe, expect, it } from '@jest/globals';
import { BROKER_SERVICES } from '#libs/contracts/broker-access.js';
import { brokerPasswordsOf, type Plan } from './plan.js';
import { auditorsRun, operatorsRun } from './run-files.js';

const env = Object.fromEntries(
  BROKER_SERVICES.map((service) => [
    `WAYBILL_BROKER_PASSWORD_${service.toUpperCase().replace('-', '_')}`,
    `inventory-secret-${service}`,
  ]),
);
const plan: Plan = {
  WAYBILL_POSTGRES_URL: 'postgres://waybill:superuser-secret@postgres:5432/postgres',
  WAYBILL_AUDITOR_PASSWORD: 'auditor-secret',
  WAYBILL_AMQP_URL: 'amqp://waybill:broker-secret@rabbitmq:5672',
  WAYBILL_RABBITMQ_MANAGEMENT_URL: 'http://rabbitmq:15672',
  WAYBILL_TEMPORAL_ADDRESS: 'temporal:7233',
  WAYBILL_TEMPORAL_NAMESPACE: 'default',
  WAYBILL_TEMPORAL_UI_URL: 'http://127.0.0.1:8233',
  WAYBILL_CODEC_URL: 'http://127.0.0.1:8234/codec',
  WAYBILL_PUBLISHED_URL: 'http://127.0.0.1:8080',
  WAYBILL_HTTP_SERVICES: 'gateway:8080,inventory:8080',
  WAYBILL_GRPC_SERVICES: 'inventory:9090',
  WAYBILL_MTLS: 'on',
  WAYBILL_PROVISION_DIR: '/var/lib/waybill',
  databases: [{ service: 'inventory', password: 'inventory-secret' }],
  brokerPasswords: brokerPasswordsOf(env),
};
const tokens = { customer: 'a', otherCustomer: 'b', operator: 'c' };

describe('run files of a system in containers', () => {
  it('given the plan, then the operator knows where the services and the API are', () => {
    expect(operatorsRun(plan, tokens)).toMatchObject({
      gateway: { url: 'http://gateway:8080', published: 'http://127.0.0.1:8080' },
      services: {
        gateway: { metrics: 'http://gateway:8080/metrics' },
        inventory: { metrics: 'http://inventory:8080/metrics', grpc: 'inventory:9090' },
      },
    });
  });

  it('given mTLS, then the operator’s certificate is in the operator’s own container, and not in the gateway’s', () => {
    expect(auditorsRun(plan, tokens).tls?.cert).toBe('/var/lib/waybill/operator-identity/cert.pem');
    expect(auditorsRun({ ...plan, WAYBILL_MTLS: 'off' }, tokens).tls).toBeNull();
    expect(operatorsRun(plan, tokens)).not.toHaveProperty('tls');
  });

  it('given any password, then the operator does not get it', () => {
    expect(JSON.stringify(operatorsRun(plan, tokens))).not.toContain('secret');
  });

  it('given the auditor, then it gets its own password and the broker’s, and no other', () => {
    const run = auditorsRun(plan, tokens);
    expect(run.postgres?.auditor).toBe('postgres://waybill_auditor:auditor-secret@postgres:5432/postgres');
    expect(run.rabbitmq?.amqp).toBe(plan.WAYBILL_AMQP_URL);
    expect(JSON.stringify(run)).not.toMatch(/superuser-secret|inventory-secret/);
  });
});
