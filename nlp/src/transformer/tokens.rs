//! Texts as the model's own tokens.

use tokenizers::TruncationParams;

/// Most bytes of a text that are looked at, for each token that the model is to see. A token is 4 bytes in the mean, and
/// hardly ever more than 16; without a limit, a text of a megabyte would be cut in full to use its beginning.
const BYTES_PER_TOKEN: usize = 32;
/// How padding is called in a tokenizer that does not say how it pads.
const PADDING: [&str; 3] = ["<pad>", "[PAD]", "<|padding|>"];

/// The tokens of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Tokens {
    /// Their numbers; at least one.
    pub(super) ids: Vec<i32>,
}

impl Tokens {
    /// How many tokens; at least 1.
    pub fn count(&self) -> usize {
        self.ids.len()
    }
}

/// A `tokenizer.json`, as the Hugging Face libraries write it.
pub(super) struct Tokenizer {
    tokenizer: tokenizers::Tokenizer,
    max_tokens: usize,
    padding: i32,
}

impl Tokenizer {
    /// Reads the file. How long texts are cut off and padded is decided here, whatever the file says.
    pub(super) fn new(file: &[u8], max_tokens: usize) -> tokenizers::Result<Self> {
        let mut tokenizer = tokenizers::Tokenizer::from_bytes(file)?;
        let padding = match tokenizer.get_padding() {
            Some(padding) => Some(padding.pad_id),
            None => PADDING.iter().find_map(|name| tokenizer.token_to_id(name)),
        };
        tokenizer.with_padding(None);
        tokenizer.with_truncation(Some(TruncationParams { max_length: max_tokens, ..TruncationParams::default() }))?;
        Ok(Self { tokenizer, max_tokens, padding: padding.map_or(0, number) })
    }

    /// The tokens of `text`, cut off.
    pub(super) fn tokens(&self, text: &str) -> tokenizers::Result<Tokens> {
        let end = text.floor_char_boundary(self.max_tokens * BYTES_PER_TOKEN);
        let found = self.tokenizer.encode_fast(text.get(..end).unwrap_or_default(), true)?;
        let mut ids: Vec<i32> = found.get_ids().iter().copied().map(number).collect();
        if ids.is_empty() {
            ids.push(self.padding);
        }
        Ok(Tokens { ids })
    }

    /// The token that stands behind a text that is shorter than others.
    pub(super) fn padding(&self) -> i32 {
        self.padding
    }

    /// Tokens after which a text is cut off.
    pub(super) fn max_tokens(&self) -> usize {
        self.max_tokens
    }
}

/// The runtime counts in `i32`.
fn number(id: u32) -> i32 {
    i32::try_from(id).unwrap_or(i32::MAX)
}
