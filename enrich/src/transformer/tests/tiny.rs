//! A transformer of one layer that knows ten words, made anew for each test: its ONNX file and its `tokenizer.json`.
//!
//! ONNX is protobuf; the numbers of the fields are those of `onnx.proto3`.
//! Source: <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3>, read 2026-11-22.

/// The words, by their numbers.
const WORDS: [&str; 10] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "the", "phone", "is", "a"];
/// What each word says: how bad, how plain, how good it is, and how much the text's mark looks at it.
const MEANING: [[f32; 4]; 10] = [
    [9.0, 9.0, 9.0, 9.0], // Padding would change everything if it were looked at.
    [0.0, 1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0, 3.0],
    [0.0, 1.0, 0.0, 0.0],
    [0.0, 0.0, 4.0, 4.0],
    [4.0, 0.0, 0.0, 4.0],
    [0.0, 1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0, 0.5],
    [0.0, 1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0, 0.0],
];
const FLOAT: u64 = 1;
const INT64: u64 = 7;

/// What the file is to be like.
#[derive(Clone, Copy)]
pub(super) struct Tiny {
    /// How many numbers it gives for a text.
    pub(super) labels: usize,
    /// Whether it scales by all texts of a run.
    pub(super) dynamic: bool,
    /// What the numbers of the tokens are called.
    pub(super) ids: &'static str,
    /// Added to the plain label: what is no number makes the answers none.
    pub(super) plain: f32,
}

impl Default for Tiny {
    fn default() -> Self {
        Self { labels: 3, dynamic: false, ids: "input_ids", plain: 0.0 }
    }
}

impl Tiny {
    /// The model's file: embeddings, one layer of attention, and the labels of the first token.
    pub(super) fn model(self) -> Vec<u8> {
        let tells = |row, column| if row == column && row < 3 { 1.0 } else { 0.0 };
        let weights: Vec<f32> = (0..4).flat_map(|row| (0..self.labels).map(move |column| tells(row, column))).collect();
        let bias: Vec<f32> = (0..self.labels).map(|column| if column == 1 { self.plain } else { 0.0 }).collect();
        let embedded = if self.dynamic { "restored" } else { "embedded" };
        let mut nodes = vec![node("Gather", &["meaning", self.ids], &["embedded"], &[])];
        if self.dynamic {
            nodes.push(node("DynamicQuantizeLinear", &["embedded"], &["quantised", "scale", "zero"], &[]));
            nodes.push(node("DequantizeLinear", &["quantised", "scale", "zero"], &["restored"], &[]));
        }
        nodes.extend([
            node("Transpose", &[embedded], &["turned"], &[ints("perm", &[0, 2, 1])]),
            node("MatMul", &[embedded, "turned"], &["likeness"], &[]),
            node("Cast", &["attention_mask"], &["mask"], &[int("to", FLOAT)]),
            node("Unsqueeze", &["mask", "one"], &["mask_of_rows"], &[]),
            node("Sub", &["one_float", "mask_of_rows"], &["hidden"], &[]),
            node("Mul", &["hidden", "far_below"], &["lowered"], &[]),
            node("Add", &["likeness", "lowered"], &["visible"], &[]),
            node("Softmax", &["visible"], &["attention"], &[int("axis", 2)]),
            node("MatMul", &["attention", embedded], &["context"], &[]),
            node("Gather", &["context", "first"], &["text"], &[int("axis", 1)]),
            node("MatMul", &["text", "weights"], &["scores"], &[]),
            node("Add", &["scores", "bias"], &["logits"], &[]),
        ]);
        let constants = [
            floats("meaning", &[WORDS.len(), 4], MEANING.as_flattened()),
            floats("weights", &[4, self.labels], &weights),
            floats("bias", &[self.labels], &bias),
            floats("one_float", &[], &[1.0]),
            floats("far_below", &[], &[-10_000.0]),
            tensor("one", &[1], INT64, 1_i64.to_le_bytes().to_vec()),
            tensor("first", &[], INT64, 0_i64.to_le_bytes().to_vec()),
        ];
        let mut graph = bytes(2, b"tiny");
        nodes.iter().for_each(|node| graph.extend(bytes(1, node)));
        constants.iter().for_each(|constant| graph.extend(bytes(5, constant)));
        graph.extend(bytes(11, &value(self.ids, INT64, &["texts", "tokens"])));
        graph.extend(bytes(11, &value("attention_mask", INT64, &["texts", "tokens"])));
        graph.extend(bytes(12, &value("logits", FLOAT, &["texts", "labels"])));
        [number(1, 8), bytes(7, &graph), bytes(8, &number(2, 13))].concat()
    }
}

/// The tokenizer's file: one word, one token, between marks of begin and end.
pub(super) fn tokenizer() -> Vec<u8> {
    let words: Vec<String> = WORDS.iter().zip(0..).map(|(word, id)| format!("\"{word}\": {id}")).collect();
    let special = |id: usize| {
        let word = WORDS[id];
        format!(
            r#"{{"id": {id}, "content": "{word}", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}}"#
        )
    };
    let specials: Vec<String> = (0..4).map(special).collect();
    format!(
        r#"{{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [{}],
            "normalizer": {{"type": "Lowercase"}}, "pre_tokenizer": {{"type": "Whitespace"}},
            "post_processor": {{"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}}, "decoder": null,
            "model": {{"type": "WordLevel", "unk_token": "[UNK]", "vocab": {{{}}}}}}}"#,
        specials.join(", "),
        words.join(", ")
    )
    .into_bytes()
}

fn node(operator: &str, inputs: &[&str], outputs: &[&str], attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut node: Vec<u8> = inputs.iter().flat_map(|name| bytes(1, name.as_bytes())).collect();
    node.extend(outputs.iter().flat_map(|name| bytes(2, name.as_bytes())));
    node.extend(bytes(4, operator.as_bytes()));
    node.extend(attributes.iter().flat_map(|attribute| bytes(5, attribute)));
    node
}

fn int(name: &str, value: u64) -> Vec<u8> {
    [bytes(1, name.as_bytes()), number(3, value), number(20, 2)].concat()
}

fn ints(name: &str, values: &[u64]) -> Vec<u8> {
    let values = values.iter().flat_map(|value| number(8, *value)).collect();
    [bytes(1, name.as_bytes()), values, number(20, 7)].concat()
}

fn floats(name: &str, shape: &[usize], values: &[f32]) -> Vec<u8> {
    tensor(name, shape, FLOAT, values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

fn tensor(name: &str, shape: &[usize], kind: u64, raw: Vec<u8>) -> Vec<u8> {
    let shape = shape.iter().flat_map(|size| number(1, *size as u64)).collect();
    [shape, number(2, kind), bytes(8, name.as_bytes()), bytes(9, &raw)].concat()
}

fn value(name: &str, kind: u64, sizes: &[&str]) -> Vec<u8> {
    let shape: Vec<u8> = sizes.iter().flat_map(|size| bytes(1, &bytes(2, size.as_bytes()))).collect();
    let tensor = bytes(1, &[number(1, kind), bytes(2, &shape)].concat());
    [bytes(1, name.as_bytes()), bytes(2, &tensor)].concat()
}

/// A field that holds a number.
fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

/// A field that holds bytes: a text, or another message.
fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
