import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** Decides which addresses the server may connect to. */
export interface AddressRules {
  /** True when `address` is public, or when the operator allowed `host:port`, `address:port` or a network around it. */
  permits(address: string, host: string, port: number): boolean;
}

const globalUnicast: Network = [ipaddr.parse('2000::'), 3];
/** Public-looking addresses that answer only inside a cloud: Azure's metadata service. */
const cloudInternal = new Set(['168.63.129.16']);

const contains = ([base, bits]: Network, address: Address): boolean =>
  base.kind() === address.kind() && address.match(base, bits);

const isPublic = (address: Address): boolean => {
  if (address.range() !== 'unicast') return false;
  // Beyond 2000::/3 nothing is routed, but some of it (::a.b.c.d) can still lead to an inside address.
  if (address.kind() === 'ipv6') return contains(globalUnicast, address);
  return !cloudInternal.has(address.toString());
};

const canonical = (host: string): string => {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return ipaddr.isValid(bare) && !/^\d+$/.test(bare) ? ipaddr.parse(bare).toString() : bare.replace(/\.$/, '');
};

const parseNetwork = (entry: string): Network | null => {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  const bare = entry.replace(/^\[|\]$/g, '');
  if (!ipaddr.IPv4.isValidFourPartDecimal(bare) && !ipaddr.IPv6.isValid(bare)) return null;
  const address = ipaddr.parse(bare);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
};

/**
 * Reads the operator's allow list: `127.0.0.1:11434`, `localhost:11434`, `[::1]:8080`, `10.0.0.0/8` or one address for
 * all its ports. Throws a plain Error that names an entry it cannot read, so that a typing mistake stops the start.
 */
export const createAddressRules = (allow: readonly string[]): AddressRules => {
  const networks: Network[] = [];
  const endpoints = new Set<string>();
  for (const entry of allow.map((text) => text.trim()).filter((text) => text !== '')) {
    const network = parseNetwork(entry);
    if (network) {
      networks.push(network);
      continue;
    }
    const match = /^(\[[0-9a-f:.]+\]|[^\s:/@]+):(\d{1,5})$/i.exec(entry);
    if (!match) {
      throw new Error(
        `EGRESS_ALLOW: "${entry}" is neither host:port (localhost:11434) nor a network (10.0.0.0/8). Correct or remove it.`,
      );
    }
    endpoints.add(`${canonical(match[1]!)} ${Number(match[2])}`);
  }
  return {
    permits: (text, host, port) => {
      if (!ipaddr.isValid(text)) return false;
      const address = ipaddr.parse(text);
      if (isPublic(address)) return true;
      if (endpoints.size > 0) {
        if (endpoints.has(`${canonical(host)} ${port}`) || endpoints.has(`${address.toString()} ${port}`)) return true;
      }
      return networks.some((network) => contains(network, address));
    },
  };
};
