import type { FastifyRequest } from 'fastify';

/** Base URL of the stand-in: as told, or as this request's sender reached it. */
export function originOf(request: FastifyRequest, publicUrl: string | undefined): string {
  return publicUrl?.replace(/\/+$/, '') ?? `http://${request.headers.host ?? '127.0.0.1'}`;
}
