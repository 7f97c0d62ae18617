import { Socket, connect, isIP } from 'node:net';
import { type SecureContext, connect as connectTls, createSecureContext } from 'node:tls';
import { LRUCache } from 'lru-cache';
import type { AddressGuard } from '../address-guard.ts';
import type { Dial } from './connection.ts';

/**
 * Dials only addresses that the guard lets through: it vets what the name resolves to and dials
 * exactly what it vetted, so a name that resolves to something else a moment later gains nothing.
 * `secureContext` holds the trusted authorities: the system's, as Node knows them, by default.
 */
export function createDial(guard: AddressGuard, secureContext?: SecureContext): Dial {
  const sessions = new LRUCache<string, Buffer>({ max: SESSIONS });

  return (origin, onread, onConnected) => {
    const { protocol, hostname, port } = new URL(origin);
    const refused = guard.checkLiteral(hostname);
    if (refused !== null) return new Socket().destroy(refused);
    const secure = protocol === 'https:';
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const options = {
      host,
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      lookup: guard.lookup,
      autoSelectFamily: true,
      noDelay: true,
      onread,
    };
    if (!secure) return connect(options, onConnected);

    secureContext ??= createSecureContext();
    const session = sessions.get(origin);
    const name = isIP(host) === 0 && { servername: host };
    const tls = {
      ...name,
      secureContext,
      ALPNProtocols: ['http/1.1'],
      ...(session && { session }),
    };
    const socket = connectTls({ ...options, ...tls }, onConnected);
    return socket.on('session', (fresh) => sessions.set(origin, fresh));
  };
}

/** Kept for cheaper handshakes with endpoints that were met before. */
const SESSIONS = 500;
