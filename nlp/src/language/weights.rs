//! The file that a trained model is kept in.
//!
//! Little-endian: `HARKLANG`, version, number of tables; each table: script, bits, number of languages, scale,
//! temperature, codes (three bytes, padded with spaces), biases, then the weights row by row.

use super::{
    codes,
    model::{Line, MAX_LANGUAGES, Table, serbo_croatian, width},
    scripts::Script,
};

const MAGIC: &[u8; 8] = b"HARKLANG";
const VERSION: u8 = 1;
/// A table has at most 2 to the power of this many rows.
const MAX_BITS: u8 = 22;

/// Why a file holds no model.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WeightsError {
    /// It is another kind of file.
    #[error("not a language model: train one with `hark train language`")]
    Foreign,
    /// It was written by another version.
    #[error(
        "language model of version {0}, this program reads version {VERSION}: train it anew with `hark train language`"
    )]
    Version(u8),
    /// It ends too early or holds impossible values.
    #[error("broken language model: the {0} cannot be read; copy the file again or train it anew")]
    Broken(&'static str),
}

/// Writes `tables` as a file.
pub(crate) fn write(tables: &[Table]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([VERSION, tables.len() as u8]);
    for table in tables {
        bytes.extend([table.script as u8, table.bits as u8, table.languages.len() as u8]);
        bytes.extend(table.scale.to_le_bytes());
        bytes.extend(table.temperature.to_le_bytes());
        for code in &table.languages {
            bytes.extend(format!("{code:<3}").bytes());
        }
        for bias in &table.bias {
            bytes.extend(bias.to_le_bytes());
        }
        let languages = table.languages.len();
        for row in table.lines.iter().flat_map(|line| line.0.chunks(width(languages))) {
            bytes.extend(row.iter().take(languages).map(|weight| weight.to_le_bytes()[0]));
        }
    }
    bytes
}

/// Reads the tables of a file.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Table>, WeightsError> {
    let mut reader = Reader(bytes);
    if reader.take(MAGIC.len()).ok() != Some(MAGIC) {
        return Err(WeightsError::Foreign);
    }
    match reader.byte()? {
        VERSION => (),
        other => return Err(WeightsError::Version(other)),
    }
    let count = reader.byte()?;
    (0..count).map(|_| table(&mut reader)).collect()
}

fn table(reader: &mut Reader<'_>) -> Result<Table, WeightsError> {
    let script = reader.byte()?;
    let script =
        Script::ALL.into_iter().find(|one| *one as u8 == script).ok_or(WeightsError::Broken("script of a table"))?;
    let bits = reader.byte()?;
    let languages = usize::from(reader.byte()?);
    if !(3..=MAX_BITS).contains(&bits) || languages == 0 || languages > MAX_LANGUAGES {
        return Err(WeightsError::Broken("size of a table"));
    }
    let (scale, temperature) = (reader.number()?, reader.number()?);
    if !(scale.is_finite() && temperature > 0.0) {
        return Err(WeightsError::Broken("scale of a table"));
    }
    let codes: Vec<&'static str> = (0..languages)
        .map(|_| {
            let code = std::str::from_utf8(reader.take(3)?).unwrap_or_default().trim_end();
            codes::language(code).map(|language| language.code).ok_or(WeightsError::Broken("code of a language"))
        })
        .collect::<Result<_, _>>()?;
    let bias = (0..languages).map(|_| reader.number()).collect::<Result<_, _>>()?;
    let weights = reader.take(languages << bits)?;
    let width = width(languages);
    let lines = weights
        .chunks(languages * (MAX_LANGUAGES / width))
        .map(|rows| {
            let mut line = Line([0; MAX_LANGUAGES]);
            for (to, from) in line.0.chunks_mut(width).zip(rows.chunks(languages)) {
                for (to, from) in to.iter_mut().zip(from) {
                    *to = from.cast_signed();
                }
            }
            line
        })
        .collect();
    let serbo_croatian = serbo_croatian(&codes);
    Ok(Table { script, languages: codes, bias, scale, temperature, bits: u32::from(bits), serbo_croatian, lines })
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], WeightsError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(WeightsError::Broken("end of the file"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, WeightsError> {
        self.take(1).map(|one| one.first().copied().unwrap_or_default())
    }

    fn number(&mut self) -> Result<f32, WeightsError> {
        let four = self.take(4)?.try_into().map_err(|_| WeightsError::Broken("number"))?;
        Ok(f32::from_le_bytes(four))
    }
}
