//! What a field may be compared with.

use hark_mention::Kind;

use super::{QueryError, error::nearest, lex::Reader};
use crate::syntax::{Condition, Field, Test};

/// Reads the value behind `field:`.
pub(super) fn read(field: Field, reader: &mut Reader, column: usize) -> Result<Condition, QueryError> {
    let error = |message: String| QueryError::new(column, message);
    let (value, quoted) = if reader.take('"') {
        let unclosed = || QueryError::new(column, "this quotation mark is never closed: put `\"` behind the value");
        (reader.enclosed('"').ok_or_else(unclosed)?, true)
    } else {
        (reader.bare_word(), false)
    };
    let value = value.trim();
    let test = if field.is_number() {
        number(field, value).map_err(error)?
    } else if quoted {
        let begins = reader.take('*');
        text(field, value, begins).map_err(error)?
    } else {
        if value.starts_with(['<', '>', '=']) {
            let message = format!(
                "`{}:` is no number, so `{value}` says nothing: write it without `<`, `>` or `=`",
                field.as_str()
            );
            return Err(error(message));
        }
        if let Some(first) = value.strip_suffix([',', ';']) {
            let name = field.as_str();
            return Err(error(format!(
                "`{value}`: a list has OR between its values; did you mean `{name}:({first} OR …)`?"
            )));
        }
        let stem = value.strip_suffix('*');
        text(field, stem.unwrap_or(value), stem.is_some()).map_err(error)?
    };
    Ok(Condition { field, test })
}

fn text(field: Field, value: &str, begins: bool) -> Result<Test, String> {
    let name = field.as_str();
    if value.is_empty() {
        return Err(format!("a value was expected behind `{name}:`"));
    }
    if value.contains('*') {
        return Err(format!("`{name}:{value}`: one `*` may stand at the end"));
    }
    if begins && matches!(field, Field::Url | Field::Site) {
        return Err(format!("`{name}:` finds a part of the address by itself: leave out the `*`"));
    }
    if begins {
        return Ok(Test::Begins(value.to_owned()));
    }
    let kinds = || Kind::ALL.into_iter().map(Kind::as_str);
    if field == Field::Kind && !kinds().any(|kind| kind.eq_ignore_ascii_case(value)) {
        let all = kinds().collect::<Vec<_>>().join(", ");
        let meant = nearest(&value.to_ascii_lowercase(), kinds()).map(|kind| format!("did you mean `{kind}`? "));
        return Err(format!("`{value}` is not a kind; {}kinds are {all}", meant.unwrap_or_default()));
    }
    Ok(Test::Is(value.to_owned()))
}

fn number(field: Field, value: &str) -> Result<Test, String> {
    let read = |digits: &str| one_number(field, digits);
    if let Some((low, high)) = value.split_once("..") {
        let (low, high) = (read(low)?, read(high)?);
        if low > high {
            return Err(format!("`{value}` is empty: the smaller number comes first"));
        }
        return Ok(Test::Between(low, high));
    }
    let comparison = value.find(|c| !matches!(c, '<' | '>' | '=')).unwrap_or(value.len());
    let (comparison, digits) = value.split_at_checked(comparison).unwrap_or((value, ""));
    let number = read(digits)?;
    Ok(match comparison {
        "" | "=" => Test::Equal(number),
        "<" => Test::Less(number),
        "<=" => Test::AtMost(number),
        ">" => Test::More(number),
        ">=" => Test::AtLeast(number),
        "=<" => return Err("`=<` is not known; did you mean `<=`?".to_owned()),
        "=>" => return Err("`=>` is not known; did you mean `>=`?".to_owned()),
        other => return Err(format!("`{other}` is not known; numbers are compared with < <= > >= =")),
    })
}

fn one_number(field: Field, written: &str) -> Result<f64, String> {
    let name = field.as_str();
    let thousands = [('k', 1_000.0), ('K', 1_000.0), ('m', 1_000_000.0), ('M', 1_000_000.0)];
    let (digits, times) = thousands
        .into_iter()
        .find_map(|(letter, times)| Some((written.strip_suffix(letter)?, times)))
        .filter(|_| field == Field::Followers)
        .unwrap_or((written, 1.0));
    let number = digits.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    match number.map(|number| number * times) {
        Some(rating) if field == Field::Rating && rating > 1.0 => {
            Err(format!("`{written}`: a rating goes from 0 (worst) to 1 (best), whatever the stars: `{name}:<=0.4`"))
        }
        Some(number) => Ok(number),
        None if written.is_empty() => Err(format!("a number was expected, as in `{name}:>=0.5`")),
        None if written.contains(',') => {
            Err(format!("`{written}` is not a number; did you mean `{}`?", written.replace(',', ".")))
        }
        None => Err(format!("`{written}` is not a number, as in `{name}:>=0.5`")),
    }
}
