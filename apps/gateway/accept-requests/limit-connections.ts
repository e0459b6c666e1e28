import { BlockList, isIPv4, isIPv6, type Server, type Socket } from 'node:net';
import { counter } from '#libs/telemetry/metrics.js';
import type { GatewayConfig } from '../gateway.config.js';
import { networkOf } from '../limit-rates/rate-limits.js';

const refused = counter(
  'waybill_connections_refused_total',
  'Connections closed as they came: too many of one address',
);

export interface ConnectionLimits {
  /** Connections that one address may hold open (of IPv6 each /64). */
  readonly perAddress: number;
  /** Proxies, through whose connections many clients speak: addresses or networks, separated by commas. */
  readonly trustedProxies?: string | undefined;
}

/** Undefined for load tests: as many as come. */
export function connectionLimits(config: GatewayConfig): ConnectionLimits | undefined {
  if (config.WAYBILL_RATE_LIMIT === 'off') return undefined;
  const { WAYBILL_CONNECTIONS_PER_ADDRESS: perAddress, WAYBILL_TRUSTED_PROXIES: trustedProxies } = config;
  return { perAddress, trustedProxies };
}

/**
 * Closes a connection that is one too many of its address before anything is read from it, also before TLS: an open one costs
 * memory and a file, whether or not a request ever comes.
 */
export function limitConnections(server: Server, { perAddress, trustedProxies }: ConnectionLimits): void {
  const open = new Map<string, number>();
  const trusted = networksOf(trustedProxies);
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || isIn(trusted, remoteAddress)) return;
    const network = networkOf(remoteAddress);
    const count = open.get(network) ?? 0;
    if (count >= perAddress) {
      refused.inc();
      return void socket.destroy();
    }
    open.set(network, count + 1);
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
  });
}

function networksOf(list = ''): BlockList {
  const networks = new BlockList();
  for (const one of list.split(',').filter((text) => text !== '')) {
    const [address = '', bits] = one.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) networks.addAddress(address, family);
    else networks.addSubnet(address, bitsOf(bits), family);
  }
  return networks;
}

/** Also of a mask such as 255.0.0.0, as those have it who believe X-Forwarded-For; they refuse one with gaps. */
function bitsOf(mask: string): number {
  if (!isIPv4(mask)) return Number(mask);
  const digits = mask.split('.').map((byte) => Number(byte).toString(2));
  return digits.join('').replaceAll('0', '').length;
}

function isIn(networks: BlockList, remoteAddress: string): boolean {
  return networks.check(remoteAddress, isIPv6(remoteAddress) ? 'ipv6' : 'ipv4');
}
