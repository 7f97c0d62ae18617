import type { Application } from '../../domain/application.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { invalid } from '../../domain/errors.ts';
import { derivedId } from '../../domain/ids.ts';
import type { Storage } from '../../storage/storage.ts';
import { fieldError } from '../validation.ts';

/** The identifiers of an object in a document. */
interface Identity {
  readonly uid?: string | null | undefined;
  readonly id?: string | null | undefined;
}

export interface Identified<Row> {
  readonly found: Row | null;
  /** The id for a new row; null: a generated one. */
  readonly newId: string | null;
}

/**
 * The stored objects of an organization. Each row is read once per plan, when it is first needed.
 *
 * Ids are unique in the whole installation. When the document identifies an object only by an id, and the id
 * belongs to another organization or application, or to a deleted object, the new object gets an id that is
 * derived from the organization and that id: the next import of the document finds it by the derived id.
 */
export interface StoredRows {
  application(identity: Identity): Promise<Identified<Application>>;
  endpointsOf(applicationId: string): Promise<readonly Endpoint[]>;
  /**
   * `stored`: the endpoints of the application. If two applications of a document name the same id, the first
   * one gets it.
   */
  endpoint(
    applicationId: string,
    stored: readonly Endpoint[],
    identity: Identity,
  ): Promise<Identified<Endpoint>>;
}

export function createStoredRows(storage: Storage, organizationId: string): StoredRows {
  const applications = new Map<string, Promise<Identified<Application>>>();
  const endpoints = new Map<string, Promise<readonly Endpoint[]>>();
  const given = new Map<string, string>();

  async function byId<Row>(
    kind: 'application' | 'endpoint',
    owner: string,
    id: string,
    find: (id: string) => Promise<Row | null> | Row | null,
  ): Promise<Identified<Row>> {
    let newId = id;
    for (let times = 0; times <= MOST_TIMES; times++) {
      const found = await find(newId);
      if (found !== null) return { found, newId: null };
      const holder = given.get(newId) ?? owner;
      if (holder === owner && !(await storage.configuration.isTaken(kind, newId))) {
        given.set(newId, owner);
        return { found: null, newId };
      }
      newId = derivedId(kind === 'application' ? 'app' : 'ep', newId, owner);
    }
    throw invalid([
      fieldError(`was created and deleted too often with the id ${id}: give it a uid`, 'body'),
    ]);
  }

  return {
    application: ({ uid, id }) =>
      once(applications, uid ?? id ?? '', async () => {
        const find = (name: string) => storage.applications.get(organizationId, name);
        return uid
          ? { found: await find(uid), newId: null }
          : byId('application', organizationId, id ?? '', find);
      }),
    endpointsOf: (applicationId) =>
      once(endpoints, applicationId, () => storage.endpoints.all(applicationId)),
    endpoint: async (applicationId, stored, { uid, id }) =>
      uid
        ? { found: stored.find((row) => row.uid === uid) ?? null, newId: null }
        : byId(
            'endpoint',
            applicationId,
            id ?? '',
            (name) => stored.find((row) => row.id === name) ?? null,
          ),
  };
}

/** Each cycle of creating and deleting an object costs two reads at the next import. */
const MOST_TIMES = 100;

function once<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const found = known.get(key);
  if (found !== undefined) return found;
  const reading = read();
  known.set(key, reading);
  return reading;
}
