import { sql, type SqlBool } from 'kysely';
import { firstId } from '../../domain/ids.ts';
import type { TaskResultEntry } from '../../domain/task.ts';
import type { SecretBox } from '../secret-box.ts';
import type { TaskRepository } from '../storage.ts';
import { writeAudit, writeAuditIf } from './audit.ts';
import { keepAnswer, keepAnswerIf } from './kept-answers.ts';
import { keepEventIf } from './operational-events.ts';
import { pageOf, sliceOf } from './paging.ts';
import { taskOf, taskRow } from './rows.ts';
import type { SqlBackend } from './sql-backend.ts';

export function taskRepository(backend: SqlBackend, secretBox: SecretBox): TaskRepository {
  const { db, lookUp, list, write } = backend;
  const tasks = db.selectFrom('task').selectAll();
  /** A literal instead of a parameter, so that the partial index of running tasks is used. */
  const isRunning = sql<SqlBool>`status = 'running'`;

  return {
    async create(task, answer, audit) {
      const old = db
        .selectFrom('task')
        .select('id')
        .where('organization_id', '=', task.organizationId)
        .where('id', '<', firstId('qtask', task.createdAt - KEPT_MS))
        .where('status', '<>', 'running')
        .orderBy('id')
        .limit(FORGOTTEN_WITH_EACH);
      await write([
        db.insertInto('task').values(taskRow(task)),
        db.deleteFrom('task_result').where('task_id', 'in', old),
        db.deleteFrom('task').where('id', 'in', old),
        ...keepAnswer(db, secretBox, answer),
        ...writeAudit(db, audit),
      ]);
    },

    async get(organizationId, id) {
      const [row] = await lookUp(
        tasks.where('organization_id', '=', organizationId).where('id', '=', id),
      );
      return row === undefined ? null : taskOf(row);
    },

    async list(organizationId, page) {
      const { bound, direction, limit } = sliceOf(page);
      let query = tasks.where('organization_id', '=', organizationId);
      if (bound !== null) query = query.where('id', bound.compare, bound.id);
      if (page.applicationId !== undefined) {
        query = query.where('application_id', '=', page.applicationId);
      }
      if (page.status !== undefined) query = query.where('status', '=', page.status);
      if (page.kinds !== undefined) query = query.where('kind', 'in', page.kinds);
      return pageOf(await list(query.orderBy('id', direction).limit(limit)), page, taskOf);
    },

    async running() {
      const rows = await lookUp(tasks.where(isRunning).orderBy('id').limit(1_000));
      return rows.map(taskOf);
    },

    async end(id, { status, reason, at }, answer, audit, event) {
      const hasEnded = db
        .selectFrom('task')
        .select('task.id')
        .where('task.id', '=', id)
        .where('task.status', '=', status)
        .where('task.updated_at', '=', at);
      const [affected] = await write([
        db
          .updateTable('task')
          .set({ status, reason, updated_at: at })
          .where('id', '=', id)
          .where(isRunning),
        ...keepAnswerIf(db, secretBox, answer, () => hasEnded),
        ...writeAuditIf(db, audit, () => hasEnded),
        ...keepEventIf(db, event, () => hasEnded),
      ]);
      return affected === 1;
    },

    async advance({ taskId, from, to, scannedCount, at }, entries) {
      const text = JSON.stringify(entries);
      const moved = db
        .updateTable('task')
        .set((eb) => ({
          cursor: to,
          scanned_count: eb('scanned_count', '+', scannedCount),
          result_chars: eb('result_chars', '+', entries.length > 0 ? text.length : 0),
          updated_at: at,
        }))
        .where('id', '=', taskId)
        .where('cursor', from === null ? 'is' : '=', from)
        .where(isRunning);
      const added = db
        .insertInto('task_result')
        .values({ task_id: taskId, place: to, entries: text });
      const [affected] = await write(entries.length > 0 ? [moved, added] : [moved], undefined, 1);
      return affected === 1;
    },

    async result(id) {
      const rows = await list(
        db.selectFrom('task_result').select('entries').where('task_id', '=', id).orderBy('place'),
      );
      return rows.flatMap(({ entries }) => JSON.parse(entries) as TaskResultEntry[]);
    },

    scan: async (scan) => [...(await backend.scanDeliveries(scan))],
    dueCount: (endpointId, now, limit) => backend.dueCount(endpointId, now, limit),
    head: (endpointId) => backend.headOf(endpointId),
  };
}

const KEPT_MS = 90 * 24 * 60 * 60 * 1000;
/** Old rows deleted with each new one; more than one, so that the table can shrink. */
const FORGOTTEN_WITH_EACH = 2;
