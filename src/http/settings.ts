import type { FastifyInstance } from 'fastify';
import type { SettingsOperations } from '../operations/operations.ts';
import { jsonBody } from './body.ts';

export function settingsRoutes(server: FastifyInstance, operations: SettingsOperations): void {
  server.get('/settings', (request) => operations.get(request.principal));

  server.patch('/settings', (request) => operations.patch(request.principal, jsonBody(request)));
}
