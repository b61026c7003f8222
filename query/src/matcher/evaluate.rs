//! Whether a query holds of what is said, and the places that speak for it.

use super::{Matcher, Node, Scratch, Span};
use crate::{Document, Words};

impl Matcher {
    pub(super) fn holds(&self, node: &Node, document: &Document, words: &Words, scratch: &Scratch) -> bool {
        match node {
            Node::Row(row) => scratch.said(*row),
            Node::Rows(rows) => scratch.said_of(rows).next().is_some(),
            Node::Fact(fact) => self.facts[*fact as usize].holds(document),
            Node::Near(near) => self.is_near(near, words, scratch),
            Node::And(parts) => parts.iter().all(|part| self.holds(part, document, words, scratch)),
            Node::Or(parts) => parts.iter().any(|part| self.holds(part, document, words, scratch)),
            Node::Not(inner) => !self.holds(inner, document, words, scratch),
        }
    }

    /// Adds the places of the words that make `node` hold. Returns whether it does.
    pub(super) fn places(
        &self,
        node: &Node,
        document: &Document,
        words: &Words,
        scratch: &Scratch,
        spans: &mut Vec<Span>,
    ) -> bool {
        let before = spans.len();
        match node {
            Node::Row(row) => {
                spans.extend(scratch.hits(*row));
                scratch.said(*row)
            }
            Node::Rows(rows) => {
                scratch.said_of(rows).for_each(|row| spans.extend(scratch.hits(row)));
                spans.len() > before
            }
            Node::Fact(fact) => self.facts[*fact as usize].holds(document),
            Node::Near(near) => {
                self.near_places(near, words, scratch, spans);
                spans.len() > before
            }
            Node::And(parts) => {
                let holds = parts.iter().all(|part| self.places(part, document, words, scratch, spans));
                if !holds {
                    spans.truncate(before);
                }
                holds
            }
            Node::Or(parts) => {
                // All of them, not only the first that holds.
                let holding = parts.iter().filter(|part| self.places(part, document, words, scratch, spans));
                holding.count() > 0
            }
            Node::Not(inner) => {
                let holds = !self.places(inner, document, words, scratch, spans);
                spans.truncate(before);
                holds
            }
        }
    }
}
