// How current the page is, and what screen readers are told.

import type { ApiError } from './api';

class Status {
  updatedAt = $state.raw<Date | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** What screen readers are told, after a change that the reader made. */
  announcement = $state('');

  /** An answer came, or failed to. */
  note(error: ApiError | null) {
    this.error = error;
    if (error === null) this.updatedAt = new Date();
  }
}

export const status = new Status();
