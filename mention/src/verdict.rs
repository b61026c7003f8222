//! What became of one item in one stage. There is no fourth way out.

/// What became of one item in one stage: every item read gets exactly one.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict<T> {
    /// Passes on to the next stage.
    Keep(T),
    /// Read, understood and left out on purpose; counted.
    Drop(DropReason),
    /// Cannot be used; its original bytes go to the dead letters.
    Reject(Rejection),
}

/// Why an item was left out on purpose. A closed set, so that an operator sees every possible reason at zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// No listening query matches it.
    NoQueryMatched,
    /// The source sent something that is not a mention, such as a like or a follow.
    NotAMention,
    /// The same content was published before, and nothing about it changed.
    Unchanged,
    /// It has neither a title nor a text.
    Empty,
}

impl DropReason {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::NoQueryMatched, Self::NotAMention, Self::Unchanged, Self::Empty];

    /// The reason as it is written in metrics and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoQueryMatched => "no_query_matched",
            Self::NotAMention => "not_a_mention",
            Self::Unchanged => "unchanged",
            Self::Empty => "empty",
        }
    }
}

/// Why an item cannot be used. A closed set, so that an operator sees every possible reason at zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RejectReason {
    /// The bytes are not an event at all.
    NotAnEvent,
    /// Written by a version of Hark that this one does not know.
    UnknownVersion,
    /// A field is missing or has the wrong type.
    WrongShape,
    /// The text is not in the encoding that it claims.
    BadEncoding,
    /// A point in time cannot be read.
    BadTime,
    /// Larger than a record may be.
    TooLarge,
    /// The database refuses the row.
    StoreRefused,
}

impl RejectReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::NotAnEvent,
        Self::UnknownVersion,
        Self::WrongShape,
        Self::BadEncoding,
        Self::BadTime,
        Self::TooLarge,
        Self::StoreRefused,
    ];

    /// The reason of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// The reason as it is written in metrics, tables and dead letters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAnEvent => "not_an_event",
            Self::UnknownVersion => "unknown_version",
            Self::WrongShape => "wrong_shape",
            Self::BadEncoding => "bad_encoding",
            Self::BadTime => "bad_time",
            Self::TooLarge => "too_large",
            Self::StoreRefused => "store_refused",
        }
    }
}

/// Why a mention kept the labels of the built-in model, though a heavier one was to give it its tone. A closed set, so that
/// an operator sees every possible reason at zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fallback {
    /// The heavier model could not keep up.
    Late,
    /// The heavier model gave no answer.
    Failed,
}

impl Fallback {
    /// All reasons.
    pub const ALL: [Self; 2] = [Self::Late, Self::Failed];

    /// The reason as it is written in metrics and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Failed => "failed",
        }
    }
}

/// A rejected item's reason, for machines, and error text, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Which of the closed set of reasons.
    pub reason: RejectReason,
    /// What exactly is wrong, and where.
    pub error: String,
}

impl Rejection {
    /// Puts reason and error text together.
    pub fn new(reason: RejectReason, error: impl Into<String>) -> Self {
        Self { reason, error: error.into() }
    }
}
