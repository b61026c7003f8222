// What `/api/v1/sql` tells.

export interface Column {
  name: string;
  type: string;
  comment: string;
}

export interface Table {
  name: string;
  comment: string;
  documented: boolean;
  columns: Column[];
}

export interface Schema {
  database: string;
  tables: Table[];
  limits: { seconds: number; memory: number; rows_to_read: number; result_rows: number; rows_shown: number };
}

export interface SavedQuery {
  id: string;
  name: string;
  description: string;
  query: string;
  shared: boolean;
  owner: string;
  mine: boolean;
  changed_at: string;
}

export interface Example {
  question: string;
  query: string;
}

export interface Estimate {
  rows: number | null;
}

export interface Result {
  names: string[];
  types: string[];
  rows: string[][];
  /** Only when the answer is complete. */
  end: { rows: number; cut: boolean; milliseconds: number; error: string | null } | null;
}

export interface Parameter {
  name: string;
  type: string;
}
