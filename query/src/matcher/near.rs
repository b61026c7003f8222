//! Two things close to each other.
//!
//! The distance is the number of words between them. What stands in the title is not near what stands in the text.

use super::{Matcher, NearNode, Node, Scratch, Span};
use crate::Words;

/// Most pairs that are looked at where a NEAR is itself beside a NEAR: endless repetition of two words has many.
const MAX_PAIRS: usize = 10_000;

impl Matcher {
    /// Whether the two sides stand close to each other.
    pub(super) fn is_near(&self, near: &NearNode, words: &Words, scratch: &Scratch) -> bool {
        let mut found = false;
        self.pairs(near, words, scratch, |_, _| {
            found = true;
            false
        });
        found
    }

    /// The words on both sides that stand close to each other.
    pub(super) fn near_places(&self, near: &NearNode, words: &Words, scratch: &Scratch, spans: &mut Vec<Span>) {
        let most = spans.len() + MAX_PAIRS;
        self.pairs(near, words, scratch, |a, b| {
            spans.extend([a, b]);
            spans.len() < most
        });
    }

    /// Calls `pair` with each two places that are close enough, the first one first, until it says no.
    fn pairs(&self, near: &NearNode, words: &Words, scratch: &Scratch, pair: impl FnMut(Span, Span) -> bool) {
        let (mut left, mut right) = (scratch.lend(), scratch.lend());
        self.side(&near.left, words, scratch, &mut left);
        if !left.is_empty() {
            self.side(&near.right, words, scratch, &mut right);
        }
        pairs(near, words, &left, &right, pair);
        scratch.take_back(left);
        scratch.take_back(right);
    }

    /// Where one side is said, ascending. A NEAR is said from its first word to its last.
    fn side(&self, node: &Node, words: &Words, scratch: &Scratch, spans: &mut Vec<Span>) {
        self.add_side(node, words, scratch, spans);
        if !matches!(node, Node::Row(_)) {
            spans.sort_unstable();
            spans.dedup();
        }
    }

    fn add_side(&self, node: &Node, words: &Words, scratch: &Scratch, spans: &mut Vec<Span>) {
        match node {
            Node::Row(row) => spans.extend(scratch.hits(*row)),
            Node::Rows(rows) => scratch.said_of(rows).for_each(|row| spans.extend(scratch.hits(row))),
            Node::Or(parts) => parts.iter().for_each(|part| self.add_side(part, words, scratch, spans)),
            Node::Near(near) => {
                let most = spans.len() + MAX_PAIRS;
                self.pairs(near, words, scratch, |a, b| {
                    spans.push(Span { start: a.start, end: b.end });
                    spans.len() < most
                });
            }
            Node::Fact(_) | Node::And(_) | Node::Not(_) => {}
        }
    }
}

fn pairs(near: &NearNode, words: &Words, left: &[Span], right: &[Span], mut pair: impl FnMut(Span, Span) -> bool) {
    let orders = [(left, right), (right, left)];
    let border = words.in_title();
    for (first, second) in orders.into_iter().take(if near.ordered { 1 } else { 2 }) {
        for a in first {
            let from = second.partition_point(|b| b.start < a.end);
            let close = |b: &&Span| b.start - a.end <= near.words;
            for b in second.get(from..).unwrap_or_default().iter().take_while(close) {
                let across = (a.start as usize) < border && b.start as usize >= border;
                if !across && !pair(*a, *b) {
                    return;
                }
            }
        }
    }
}
