// Reading an answer as it comes, and what a question says about itself.

import { request } from '../../lib/send';
import type { Parameter, Result } from './types';

/** What the database writes for nothing. */
export const NOTHING = 'ᴺᵁᴸᴸ';

/** The parameters `{name:Type}` of a question, each once, in their order; those in comments and texts too, which harms nothing. */
export function parameters(query: string): Parameter[] {
  const found = new Map<string, string>();
  for (const [, name, type] of query.matchAll(/\{\s*([A-Za-z_]\w*)\s*:\s*([^{}]+?)\s*\}/g)) {
    if (name && type && !found.has(name)) found.set(name, type);
  }
  return [...found].map(([name, type]) => ({ name, type }));
}

export const isNumber = (type: string) => /^(Nullable\(|LowCardinality\()*(U?Int|Float|Decimal)/.test(type);
export const isTime = (type: string) => /^(Nullable\()*Date/.test(type);

/** Runs a question; `onprogress` is called as rows come. */
export async function run(
  query: string,
  values: Record<string, string>,
  signal: AbortSignal,
  onprogress: (result: Result) => void,
): Promise<Result> {
  const response = await request('POST', 'sql', { query, parameters: values }, signal);
  const result: Result = { names: [], types: [], rows: [], end: null };
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let line = 0;
  const take = (text: string) => {
    const value = JSON.parse(text) as string[] | Result['end'];
    if (!Array.isArray(value)) result.end = value;
    else if (line === 0) result.names = value;
    else if (line === 1) result.types = value;
    else result.rows.push(value);
    line += 1;
  };
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    lines.filter(Boolean).forEach(take);
    onprogress(result);
  }
  return result;
}

/** Which columns a chart could show: the first of times or texts across, the numbers upwards. */
export function chartColumns({ names, types, rows }: Result): { across: number; upwards: number[] } | null {
  const upwards = types.flatMap((type, at) => (isNumber(type) ? [at] : [])).slice(0, 6);
  const across = types.findIndex((type, at) => !isNumber(type) && !type.startsWith('Array') && names[at] !== undefined);
  if (upwards.length === 0 || rows.length < 2) return null;
  return across === -1 ? (upwards.length > 1 ? { across: upwards[0]!, upwards: upwards.slice(1) } : null) : { across, upwards };
}
