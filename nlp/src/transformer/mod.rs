//! The tone of a text by a transformer: a model in ONNX with its tokenizer, files of the operator's own.
//!
//! Pure, as the rest: bytes in, tones out. When it is asked, and how long it may take, is for the caller to decide.

mod tokens;

use std::{
    fmt::Display,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use hark_mention::Sentiment;
use rten::{Model, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use thiserror::Error;

use self::tokens::Tokenizer;
pub use self::tokens::Tokens;
use crate::sentiment::Tone;

/// Operators whose name begins so take their scale from all texts of a run together: a text would be told otherwise in
/// other company.
const DYNAMIC: &[u8] = b"DynamicQuantize";

/// A transformer, ready for use.
pub struct Transformer {
    model: Model,
    tokenizer: Tokenizer,
    inputs: Vec<(NodeId, Input)>,
    output: NodeId,
    labels: Vec<Sentiment>,
    one_by_one: bool,
    options: RunOptions,
}

/// How a transformer is to be used.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the numbers that it gives for a text stand for, in their order. Several may stand for one tone.
    pub labels: Vec<Sentiment>,
    /// Tokens after which a text is cut off, at least 8; no more than the model has positions for.
    pub max_tokens: usize,
    /// Threads that work on a run together, at least 1.
    pub threads: usize,
}

/// Why a transformer cannot be used.
#[derive(Debug, Error)]
pub enum TransformerError {
    /// The model is none, or needs something that is not supported.
    #[error("{0}")]
    Model(String),
    /// The tokenizer is none.
    #[error("{0}")]
    Tokenizer(String),
    /// The model tells more or fewer labels than there are names for.
    #[error("the model gives {told} numbers for a text, but {named} labels are named")]
    Labels {
        /// How many numbers the model gives.
        told: usize,
        /// How many labels are named.
        named: usize,
    },
}

/// A run that gave no tones, with the reason.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct RunFailed(String);

/// What a model may ask for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Input {
    /// Numbers of the tokens.
    Ids,
    /// 1 for a token, 0 for padding.
    Mask,
    /// Which of two texts a token is of; always the first here.
    Types,
}

impl Input {
    fn named(name: &str) -> Option<Self> {
        match name {
            "input_ids" => Some(Self::Ids),
            "attention_mask" => Some(Self::Mask),
            "token_type_ids" => Some(Self::Types),
            _ => None,
        }
    }
}

impl Transformer {
    /// The transformer of the ONNX file `model` and the `tokenizer.json` that belongs to it, after a trial on a short and on
    /// a long text.
    ///
    /// The model takes `input_ids`, and `attention_mask` and `token_type_ids` if it likes, each of shape (texts, tokens), and
    /// gives `logits`, or whatever its first output is called, of shape (texts, labels).
    ///
    /// # Errors
    ///
    /// [`TransformerError`] when one of the files cannot be used, or they do not go together.
    pub fn new(model: Vec<u8>, tokenizer: &[u8], settings: Settings) -> Result<Self, TransformerError> {
        let tokenizer = Tokenizer::new(tokenizer, settings.max_tokens)
            .map_err(|error| TransformerError::Tokenizer(one_line(error)))?;
        let one_by_one = model.windows(DYNAMIC.len()).any(|part| part == DYNAMIC);
        let model = catch_unwind(|| Model::load(model))
            .map_err(|_| TransformerError::Model("is damaged".to_owned()))?
            .map_err(|error| {
                TransformerError::Model(format!("is no ONNX model that can be run: {}", one_line(error)))
            })?;
        let (inputs, output) = (inputs(&model)?, output(&model)?);
        let pool = Arc::new(ThreadPool::with_num_threads(settings.threads));
        let options = RunOptions::default().with_thread_pool(Some(pool));
        let made = Self { model, tokenizer, inputs, output, labels: settings.labels, one_by_one, options };
        made.try_out()?;
        Ok(made)
    }

    /// Whether each text must be run for itself, because the model's numbers depend on the other texts of a run.
    pub fn is_one_by_one(&self) -> bool {
        self.one_by_one
    }

    /// The tokens of `text`, as many as the model is to see.
    ///
    /// # Errors
    ///
    /// [`RunFailed`] when the tokenizer has no token for a part of the text.
    pub fn tokens(&self, text: &str) -> Result<Tokens, RunFailed> {
        self.tokenizer.tokens(text).map_err(|error| RunFailed(one_line(error)))
    }

    /// The tones of some texts, run together. Those of other lengths are padded to the longest.
    ///
    /// # Errors
    ///
    /// [`RunFailed`] when the model cannot be run on them, or gives something that is no number.
    pub fn tones(&self, texts: &[&Tokens]) -> Result<Vec<Tone>, RunFailed> {
        let (labels, numbers) = self.run(texts)?;
        if labels != self.labels.len() || numbers.iter().any(|number| !number.is_finite()) {
            return Err(RunFailed(format!("gave {labels} labels, or no numbers: {numbers:.3?}")));
        }
        Ok(numbers.chunks(labels).map(|scores| self.tone(scores)).collect())
    }

    /// How many numbers there are for a text, and the numbers of all texts.
    fn run(&self, texts: &[&Tokens]) -> Result<(usize, Vec<f32>), RunFailed> {
        let inputs: Vec<(NodeId, ValueOrView<'_>)> = self
            .inputs
            .iter()
            .map(|(id, input)| Ok((*id, self.value(*input, texts)?.into())))
            .collect::<Result<_, RunFailed>>()?;
        let run = || self.model.run(inputs, &[self.output], Some(self.options.clone()));
        // The model is somebody else's file: what its operators make of a text must not end the process.
        let outputs = catch_unwind(AssertUnwindSafe(run)).map_err(|_| RunFailed("the model panicked".to_owned()))?;
        let output = outputs.map_err(|error| RunFailed(one_line(error)))?.pop();
        let output = output.ok_or_else(|| RunFailed("the model gave nothing".to_owned()))?;
        let ([rows, labels], numbers) =
            output.into_shape_vec::<f32, 2>().map_err(|error| RunFailed(one_line(error)))?;
        if rows != texts.len() {
            return Err(RunFailed(format!("the model gave {rows} rows for {} texts", texts.len())));
        }
        Ok((labels, numbers))
    }

    /// One of the inputs for these texts.
    fn value(&self, input: Input, texts: &[&Tokens]) -> Result<Value, RunFailed> {
        let width = texts.iter().map(|text| text.ids.len()).max().unwrap_or(0);
        let mut numbers = Vec::with_capacity(texts.len() * width);
        for text in texts {
            let (token, padding) = match input {
                Input::Ids => (None, self.tokenizer.padding()),
                Input::Mask => (Some(1), 0),
                Input::Types => (Some(0), 0),
            };
            numbers.extend(text.ids.iter().map(|id| token.unwrap_or(*id)));
            numbers.resize(numbers.len() + width - text.ids.len(), padding);
        }
        Value::from_shape([texts.len(), width], numbers).map_err(|error| RunFailed(one_line(error)))
    }

    fn tone(&self, scores: &[f32]) -> Tone {
        let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let likely: Vec<f32> = scores.iter().map(|score| (score - highest).exp()).collect();
        let total: f32 = likely.iter().sum();
        let mut probabilities = [0.0; 3];
        for (likely, label) in likely.iter().zip(&self.labels) {
            probabilities[*label as usize] += likely / total;
        }
        Tone::of(probabilities)
    }

    /// Runs a short text beside one that is cut off, so that what does not go together is told before anything depends on it.
    fn try_out(&self) -> Result<(), TransformerError> {
        let failed = |error: RunFailed| TransformerError::Model(format!("cannot be run on a text: {error}"));
        let [short, long] = ["", &"a b ".repeat(self.tokenizer.max_tokens())].map(|text| self.tokens(text));
        let (short, long) = (short.map_err(failed)?, long.map_err(failed)?);
        let (told, numbers) = self.run(&[&short, &long]).map_err(failed)?;
        if told != self.labels.len() {
            return Err(TransformerError::Labels { told, named: self.labels.len() });
        }
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(TransformerError::Model(format!("gives no numbers for a text: {numbers:.3?}")));
        }
        Ok(())
    }
}

/// What the model asks for.
fn inputs(model: &Model) -> Result<Vec<(NodeId, Input)>, TransformerError> {
    let mut inputs = Vec::new();
    for id in model.input_ids() {
        let name = model.node_info(*id).and_then(|info| info.name()).unwrap_or_default();
        let rule = "the inputs of a model are `input_ids`, `attention_mask` and `token_type_ids`";
        let input = Input::named(name);
        inputs.push((*id, input.ok_or_else(|| TransformerError::Model(format!("asks for `{name}`; {rule}")))?));
    }
    if !inputs.iter().any(|(_, input)| *input == Input::Ids) {
        return Err(TransformerError::Model("has no input `input_ids`".to_owned()));
    }
    Ok(inputs)
}

/// Where the model tells its labels.
fn output(model: &Model) -> Result<NodeId, TransformerError> {
    let named = |id: &&NodeId| model.node_info(**id).and_then(|info| info.name()) == Some("logits");
    let ids = model.output_ids();
    let found = ids.iter().find(named).or(ids.first()).copied();
    found.ok_or_else(|| TransformerError::Model("has no output".to_owned()))
}

fn one_line(error: impl Display) -> String {
    error.to_string().replace('\n', ", ")
}
