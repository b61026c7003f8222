//! Finding the weights.
//!
//! While it is trained, the model has two parts: one weight for each feature and class, and a short vector for each
//! feature that a small matrix turns into classes. The vectors make features that mean the same move together. Each
//! set of rows may bend the matrix and the starting point a little, so that one set's habits (how much it calls neutral,
//! whether it knows neutral at all) do not become everyone's. In the end both parts are added up into one weight for
//! each feature and class: the vectors cost nothing when the model runs.

/// Step of the starting points.
const BIAS_RATE: f32 = 0.05;
/// Length of a feature's vector.
const SIZE: usize = 16;

/// One labelled text as the trainer sees it.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    /// Its features in [`Examples::hashes`].
    pub(crate) features: std::ops::Range<usize>,
    /// The first feature after the contrast, or the start of the features.
    pub(crate) turn: usize,
    /// 0 negative, 1 neutral, 2 positive.
    pub(crate) label: usize,
    /// Whether its set knows neutral.
    pub(crate) three: bool,
    pub(crate) set: usize,
    /// Whether it is talk, see [`Features`](super::features::Features).
    pub(crate) talk: bool,
    pub(crate) weight: f32,
}

/// Labelled texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Examples {
    pub(crate) hashes: Vec<u32>,
    pub(crate) list: Vec<Example>,
}

/// How to train.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bits of a feature's hash that choose its bucket; the file has 2 bytes a bucket.
    pub bits: u32,
    /// Times that every row is looked at.
    pub epochs: usize,
    /// Step of the direct weights.
    pub rate: f32,
    /// Step of the vectors.
    pub vector_rate: f32,
    /// Share of features left out at random, 0 to 1.
    pub dropout: f32,
    /// Share of certainty taken from the label and given to the other classes, 0 to 1.
    pub smoothing: f32,
    /// Fewest rows that a feature must occur in.
    pub min_count: u8,
    /// How much more what follows a contrast counts, at least 1.
    pub turn: f32,
    /// Chooses the order of rows.
    pub seed: u64,
    /// Models that are averaged, each with an order of its own.
    pub members: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bits: 21,
            epochs: 4,
            rate: 0.2,
            vector_rate: 0.03,
            dropout: 0.1,
            smoothing: 0.05,
            min_count: 2,
            turn: 1.2,
            seed: 1,
            members: 3,
        }
    }
}

/// What training found.
pub(crate) struct Found {
    /// One pair a bucket: negative and positive against neutral.
    pub(crate) weights: Vec<[f32; 2]>,
    /// The starting point, likewise.
    pub(crate) bias: [f32; 2],
}

/// Random numbers that are the same everywhere (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From 0 to below 1.
    pub(crate) fn share(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, (self.next() % (last as u64 + 1)) as usize);
        }
    }
}

/// A feature's row: direct weights, their size of steps, vector, its size of steps.
#[derive(Clone, Copy)]
#[repr(align(16))]
struct Row {
    direct: [f32; 3],
    direct_seen: f32,
    vector: [f32; SIZE],
    vector_seen: f32,
}

/// What turns a vector into classes.
#[derive(Clone)]
struct Head {
    matrix: [[f32; SIZE]; 3],
    matrix_seen: [[f32; SIZE]; 3],
    bias: [f32; 3],
    bias_seen: [f32; 3],
}

impl Head {
    const ZERO: Self =
        Self { matrix: [[0.0; SIZE]; 3], matrix_seen: [[1e-3; SIZE]; 3], bias: [0.0; 3], bias_seen: [1e-3; 3] };
}

impl Head {
    fn learn(&mut self, slope: [f32; 3], vector: &[f32; SIZE], rate: f32, bias_rate: f32) {
        for (class, slope) in slope.into_iter().enumerate() {
            let row = self.matrix[class].iter_mut().zip(&mut self.matrix_seen[class]).zip(vector);
            for ((weight, seen), value) in row {
                let slope = slope * value;
                *seen += slope * slope;
                *weight -= rate * slope / seen.sqrt();
            }
            self.bias_seen[class] += slope * slope;
            self.bias[class] -= bias_rate * slope / self.bias_seen[class].sqrt();
        }
    }
}

/// Trains on `examples`, which have `sets` sets. The same input gives the same weights.
pub(crate) fn train(examples: &Examples, sets: usize, settings: &Settings) -> Found {
    let known = Vocabulary::new(examples, settings);
    let mut random = Random::new(settings.seed);
    let mut rows: Vec<Row> = (0..known.buckets.len())
        .map(|_| Row {
            direct: [0.0; 3],
            direct_seen: 1e-2,
            vector: std::array::from_fn(|_| (random.share() - 0.5) * 0.2),
            vector_seen: 1e-2,
        })
        .collect();
    let mut common = Head::ZERO;
    for value in common.matrix.iter_mut().flatten() {
        *value = (random.share() - 0.5) * 0.5;
    }
    let mut own = vec![Head::ZERO; sets];
    let mut order: Vec<usize> = (0..examples.list.len()).collect();
    let steps = (settings.epochs * order.len()) as f32;
    let mut step = 0_usize;
    let mut kept: Vec<(u32, f32)> = Vec::new();
    for _ in 0..settings.epochs {
        random.shuffle(&mut order);
        for index in &order {
            let example = &examples.list[*index];
            let slow = 1.0 - step as f32 / steps;
            step += 1;
            keep(&mut kept, example, &known, settings, &mut random);
            learn(&mut rows, &mut common, &mut own[example.set], &kept, example, settings, slow);
        }
    }
    let mut weights = vec![[0.0; 2]; 1 << settings.bits];
    for (row, bucket) in rows.iter().zip(&known.buckets) {
        let classes: [f32; 3] =
            std::array::from_fn(|class| row.direct[class] + dot(&common.matrix[class], &row.vector));
        weights[*bucket as usize] = [classes[0] - classes[1], classes[2] - classes[1]];
    }
    Found { weights, bias: [common.bias[0] - common.bias[1], common.bias[2] - common.bias[1]] }
}

/// Picks the features of `example` that are known and not left out this time, with their values.
fn keep(kept: &mut Vec<(u32, f32)>, example: &Example, known: &Vocabulary, settings: &Settings, random: &mut Random) {
    kept.clear();
    let scale = 1.0 / (example.features.len().max(1) as f32).sqrt() / (1.0 - settings.dropout);
    let turned = example.turn > example.features.start;
    for at in example.features.clone() {
        let row = known.rows[at];
        if row == u32::MAX || (settings.dropout > 0.0 && random.share() < settings.dropout) {
            continue;
        }
        let value = match turned {
            true if at < example.turn => scale / settings.turn,
            true => scale * settings.turn,
            false => scale,
        };
        kept.push((row, value));
    }
}

/// One step towards the label of one example.
fn learn(
    rows: &mut [Row],
    common: &mut Head,
    own: &mut Head,
    features: &[(u32, f32)],
    example: &Example,
    settings: &Settings,
    slow: f32,
) {
    let mut scores = [0.0_f32; 3];
    let mut vector = [0.0_f32; SIZE];
    for (row, value) in features {
        let row = &rows[*row as usize];
        for (score, weight) in scores.iter_mut().zip(row.direct) {
            *score += weight * value;
        }
        for (sum, weight) in vector.iter_mut().zip(row.vector) {
            *sum += weight * value;
        }
    }
    for (class, score) in scores.iter_mut().enumerate() {
        *score += common.bias[class] + own.bias[class];
        *score += dot(&common.matrix[class], &vector) + dot(&own.matrix[class], &vector);
    }
    let slope = slope(scores, example, settings.smoothing);
    let mut back = [0.0_f32; SIZE];
    for (class, slope) in slope.iter().enumerate() {
        for ((back, common), own) in back.iter_mut().zip(common.matrix[class]).zip(own.matrix[class]) {
            *back += slope * (common + own);
        }
    }
    common.learn(slope, &vector, settings.vector_rate * slow * 0.1, BIAS_RATE * slow);
    own.learn(slope, &vector, settings.vector_rate * slow * 0.05, BIAS_RATE * slow);
    let direct_size = slope.iter().map(|s| s * s).sum::<f32>();
    let vector_size = back.iter().map(|s| s * s).sum::<f32>() / SIZE as f32;
    for (row, value) in features {
        let row = &mut rows[*row as usize];
        row.direct_seen += direct_size * value * value;
        let rate = settings.rate * slow / row.direct_seen.sqrt();
        for (weight, slope) in row.direct.iter_mut().zip(slope) {
            *weight -= rate * slope * value;
        }
        row.vector_seen += vector_size * value * value;
        let rate = settings.vector_rate * slow * value / row.vector_seen.sqrt();
        for (weight, slope) in row.vector.iter_mut().zip(back) {
            *weight -= rate * slope;
        }
    }
}

/// How the loss changes with each class's score.
fn slope(scores: [f32; 3], example: &Example, smoothing: f32) -> [f32; 3] {
    let classes: &[usize] = if example.three { &[0, 1, 2] } else { &[0, 2] };
    let most = classes.iter().map(|class| scores[*class]).fold(f32::MIN, f32::max);
    let sum: f32 = classes.iter().map(|class| (scores[*class] - most).exp()).sum();
    let mut slope = [0.0; 3];
    for class in classes {
        let target = if *class == example.label { 1.0 - smoothing } else { smoothing / (classes.len() - 1) as f32 };
        slope[*class] = ((scores[*class] - most).exp() / sum - target) * example.weight;
    }
    slope
}

fn dot(a: &[f32; SIZE], b: &[f32; SIZE]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The features that are common enough, the most common first: their rows share the processor's cache.
struct Vocabulary {
    /// For each row, its bucket.
    buckets: Vec<u32>,
    /// For each of the examples' features, its row, or `u32::MAX`.
    rows: Vec<u32>,
}

impl Vocabulary {
    fn new(examples: &Examples, settings: &Settings) -> Self {
        let shift = 32 - settings.bits;
        let mut counts = vec![0_u32; 1 << settings.bits];
        for example in &examples.list {
            for hash in &examples.hashes[example.features.clone()] {
                counts[(hash >> shift) as usize] += 1;
            }
        }
        let mut buckets: Vec<u32> = (0..1_u32 << settings.bits)
            .filter(|bucket| counts[*bucket as usize] >= u32::from(settings.min_count))
            .collect();
        buckets.sort_by_key(|bucket| (std::cmp::Reverse(counts[*bucket as usize]), *bucket));
        let mut places = vec![u32::MAX; 1 << settings.bits];
        for (row, bucket) in (0_u32..).zip(&buckets) {
            places[*bucket as usize] = row;
        }
        let rows = examples.hashes.iter().map(|hash| places[(hash >> shift) as usize]).collect();
        Self { buckets, rows }
    }
}
