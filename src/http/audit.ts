import type { FastifyInstance } from 'fastify';
import type { AuditOperations } from '../operations/operations.ts';
import { queryOf } from './query.ts';

export function auditRoutes(server: FastifyInstance, operations: AuditOperations): void {
  server.get('/audit', (request) => operations.list(request.principal, queryOf(request)));
}
