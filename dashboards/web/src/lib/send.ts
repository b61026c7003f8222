// Requests that are more than a question with parameters: with a method, a body, or an answer that comes bit by bit.

import { ApiError } from './api';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Sends to `/api/v1/<path>`; gives the answer when it is a good one. Throws an `ApiError`; an abort is thrown as it is. */
export async function request(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body), signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', String(error));
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => null)) as { type?: string; detail?: string } | null;
  throw new ApiError(response.status, problem?.type ?? 'unknown', problem?.detail ?? `HTTP ${response.status}`);
}

/** The same, for an answer in JSON. */
export async function send<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await request(method, path, body, signal);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
