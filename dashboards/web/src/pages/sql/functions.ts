// Functions that questions about mentions use: what the editor offers. The database knows many more.

export const FUNCTIONS = (
  'count countIf sum sumIf avg avgIf min minIf max maxIf any anyLast argMin argMax argMaxIf uniq uniqExact uniqExactIf uniqCombined ' +
  'quantile quantileExact quantilesExact median topK groupArray groupUniqArray groupBitmapMerge stddevPop varPop corr ' +
  'if multiIf coalesce ifNull nullIf assumeNotNull isNull isNotNull ' +
  'toDate toDateTime toStartOfHour toStartOfDay toStartOfWeek toStartOfMonth toStartOfQuarter toMonday toHour toDayOfWeek toYYYYMM ' +
  'dateDiff dateAdd dateSub now today yesterday formatDateTime toUnixTimestamp parseDateTimeBestEffort ' +
  'lower upper lowerUTF8 upperUTF8 length lengthUTF8 substring substringUTF8 concat trim replaceAll replaceRegexpAll splitByChar ' +
  'position positionCaseInsensitive positionCaseInsensitiveUTF8 match extract extractAll multiSearchAny hasToken startsWith endsWith ' +
  'has hasAny hasAll arrayJoin arrayMap arrayFilter arraySort arrayDistinct arrayEnumerate arrayElement indexOf empty notEmpty arrayStringConcat ' +
  'round floor ceil sqrt log exp pow abs least greatest intDiv ' +
  'JSONExtractString JSONExtractInt JSONExtractFloat JSONHas domain path toString toUInt64 toInt64 toFloat64 CAST ' +
  'row_number rank dense_rank lagInFrame leadInFrame'
).split(' ');
