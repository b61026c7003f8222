import { expect, test } from 'vitest';
import { chartColumns, parameters } from './query';

test('parameters are found once each, in their order', () => {
  const query = "SELECT {b:String}, { a : Array(UInt8) } WHERE x > {b:String} AND m = map('k', 1)";
  expect(parameters(query)).toEqual([
    { name: 'b', type: 'String' },
    { name: 'a', type: 'Array(UInt8)' },
  ]);
});

test('a chart needs numbers and something to put them over', () => {
  const result = (types: string[], rows = [['a'], ['b']]) => ({ names: types, types, rows, end: null });
  expect(chartColumns(result(['Date', 'UInt64', 'Nullable(Float64)']))).toEqual({ across: 0, upwards: [1, 2] });
  expect(chartColumns(result(['UInt8', 'UInt64']))).toEqual({ across: 0, upwards: [1] });
  expect(chartColumns(result(['String']))).toBeNull();
  expect(chartColumns(result(['Date', 'UInt64'], [['a']]))).toBeNull();
});
