import type { DatabaseSync } from 'node:sqlite';

/** The endpoints that were written since the last call, and whether each changed its order. */
export interface EndpointWatch {
  takeChanged(): ReadonlyMap<string, boolean>;
}

/**
 * Notes each endpoint whose row was written, because that may allow or forbid claims of its deliveries.
 * Temporary triggers see every statement on this connection, so no repository has to report its writes. When
 * a change was rolled back, the endpoint is read once more than needed.
 */
export function watchEndpoints(db: DatabaseSync): EndpointWatch {
  let changed = new Map<string, boolean>();
  db.function('note_endpoint', (id, orderChanged) => {
    const key = String(id);
    changed.set(key, changed.get(key) === true || orderChanged === 1);
    return null;
  });
  db.exec(`
    create temp trigger endpoint_created after insert on main.endpoint begin
      select note_endpoint(new.id, 0);
    end;
    create temp trigger endpoint_changed
      after update of ordered, disabled_at, paused_at, deleted_at on main.endpoint
      when new.ordered is not old.ordered
        or new.disabled_at is not old.disabled_at
        or new.paused_at is not old.paused_at
        or new.deleted_at is not old.deleted_at
    begin
      select note_endpoint(new.id, new.ordered is not old.ordered);
    end;
  `);
  return {
    takeChanged() {
      if (changed.size === 0) return NONE;
      const taken = changed;
      changed = new Map();
      return taken;
    },
  };
}

const NONE: ReadonlyMap<string, boolean> = new Map();
