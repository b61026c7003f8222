//! From queries to rows, facts and what calls for them.

use std::collections::HashMap;

use super::{
    Checks, Matcher, NearNode, Node, QueryId, Row, RowId, Unit,
    fields::{ByValue, Fact, Key},
    trie::{ANY, Reach, Trie},
};
use crate::{
    Words, bare,
    necessary::commonness,
    syntax::{Form, Query, Term},
    words::{cased, is_continuous, is_han},
};

/// Fewest Chinese characters of a term that is also found inside a longer word: names that the dictionary does not know.
const MIN_INSIDE: usize = 3;
/// From so many rows on, a list of them is looked through from the other side: by what the text says.
const MANY: usize = 8;
/// How common a field's value is held to be, beside the words of [`commonness`]: a language or source has many mentions.
const VALUE_COMMONNESS: f64 = 10.0;

impl Matcher {
    /// Compiles `queries`.
    pub fn new<'q>(queries: impl IntoIterator<Item = &'q Query>) -> Self {
        let mut compiler = Compiler::default();
        let queries: Vec<Node> = queries.into_iter().map(|query| compiler.node(query)).collect();
        let mut matcher = Self {
            queries: Vec::new(),
            rows: compiler.rows,
            facts: compiler.facts,
            trie: Trie::new(compiler.keys),
            by_value: ByValue::default(),
            always: Vec::new(),
        };
        let prices = Prices::new(&queries, &compiler.commonness, &matcher.facts);
        let calls: Vec<Option<Calls>> = queries.iter().map(|query| prices.calls(query)).collect();
        for (id, calls) in (0..).zip(calls) {
            matcher.call(id, calls);
        }
        matcher.queries = queries;
        matcher
    }

    /// Notes what calls for a query.
    fn call(&mut self, id: QueryId, calls: Option<Calls>) {
        let Some(calls) = calls else { return self.always.push(id) };
        let once = |called: &mut Vec<QueryId>| {
            if called.last() != Some(&id) {
                called.push(id);
            }
        };
        calls.rows.into_iter().for_each(|row| once(&mut self.rows[row as usize].calls));
        calls.values.into_iter().for_each(|key| once(self.by_value.of(key)));
    }
}

#[derive(Default)]
struct Compiler {
    rows: Vec<Row>,
    facts: Vec<Fact>,
    keys: Vec<(Vec<u8>, Reach, RowId)>,
    commonness: Vec<f64>,
    known: HashMap<Term, RowId>,
}

impl Compiler {
    fn node(&mut self, query: &Query) -> Node {
        match query {
            Query::Term(term) => Node::Row(self.row(term)),
            Query::Field(condition) => {
                self.facts.push(Fact::new(condition));
                Node::Fact(narrow(self.facts.len() - 1))
            }
            Query::Near(near) => Node::Near(Box::new(NearNode {
                left: self.node(&near.left),
                right: self.node(&near.right),
                words: near.words,
                ordered: near.ordered,
            })),
            Query::And(parts) => Node::And(parts.iter().map(|part| self.node(part)).collect()),
            Query::Or(parts) => self.or(parts),
            Query::Not(inner) => Node::Not(Box::new(self.node(inner))),
        }
    }

    fn or(&mut self, parts: &[Query]) -> Node {
        let (rows, mut others): (Vec<Node>, Vec<Node>) =
            parts.iter().map(|part| self.node(part)).partition(|node| matches!(node, Node::Row(_)));
        if rows.len() < MANY {
            return Node::Or(rows.into_iter().chain(others).collect());
        }
        let id = |node| if let Node::Row(row) = node { Some(row) } else { None };
        let mut rows: Vec<RowId> = rows.into_iter().filter_map(id).collect();
        rows.sort_unstable();
        rows.dedup();
        let rows = Node::Rows(rows.into());
        if others.is_empty() {
            return rows;
        }
        others.insert(0, rows);
        Node::Or(others.into())
    }

    /// The row of a term; terms that say the same share it.
    fn row(&mut self, term: &Term) -> RowId {
        if let Some(row) = self.known.get(term) {
            return *row;
        }
        let id = narrow(self.rows.len());
        let (key, reach, row) = compile(term);
        if !key.is_empty() {
            self.keys.push((key, reach, id));
        }
        self.rows.push(row);
        self.commonness.push(commonness(term));
        self.known.insert(term.clone(), id);
        id
    }
}

/// The row of a term with the key and reach of its first word.
fn compile(term: &Term) -> (Vec<u8>, Reach, Row) {
    let (mut units, written) = units(term);
    let single = units.len() == 1;
    let open = units.last().is_some_and(|unit| unit.prefix);
    let rest = units.split_off(units.len().min(1));
    let (key, reach) = match units.pop() {
        None => (Vec::new(), Reach::Exact),
        Some(unit) => {
            let inside =
                unit.continuous && unit.bare.chars().all(is_han) && unit.bare.chars().nth(MIN_INSIDE - 1).is_some();
            let reach = match unit.prefix {
                true => Reach::Prefix,
                false if single && inside && term.mark.is_none() => Reach::Inside,
                false => Reach::Exact,
            };
            (key(&unit.bare, term.form == Form::Word), reach)
        }
    };
    let cased = (term.form == Form::Cased).then(|| written.into_boxed_slice());
    let plain = rest.is_empty() && term.mark.is_none() && cased.is_none() && !term.in_title;
    let checks = Checks { rest: rest.into(), mark: term.mark, open, cased, in_title: term.in_title };
    let row = Row { checks: (!plain).then(|| Box::new(checks)), calls: Vec::new() };
    (key, reach, row)
}

/// A bare form as a key, in which `?` is any letter.
fn key(bare: &str, wild: bool) -> Vec<u8> {
    bare.bytes().map(|byte| if wild && byte == b'?' { ANY } else { byte }).collect()
}

/// The words of a term, and how each is written. Letters without spaces between them are one unit.
fn units(term: &Term) -> (Vec<Unit>, Vec<Box<str>>) {
    let (mut units, mut written): (Vec<Unit>, Vec<Box<str>>) = (Vec::new(), Vec::new());
    let mut words = Words::default();
    for piece in term.text.split(' ') {
        let stem = piece.strip_suffix('*').unwrap_or(piece);
        if term.form == Form::Word && stem.contains('?') {
            let bare: Vec<String> = stem.split('?').map(bare).collect();
            let bare = bare.join("?").into_boxed_str();
            let continuous = bare.contains(is_continuous);
            units.push(Unit { bare, prefix: stem.len() < piece.len(), continuous });
            written.push(stem.into());
            continue;
        }
        words.cut_letters(stem);
        let mut end = None;
        for token in words.tokens() {
            let form = words.bare(token);
            match units.last_mut() {
                Some(last) if end == Some(token.start) && last.continuous && token.traits.continuous => {
                    last.bare = [&last.bare, form].concat().into();
                }
                _ => {
                    units.push(Unit { bare: form.into(), prefix: false, continuous: token.traits.continuous });
                    written
                        .push((*cased(stem.get(token.start as usize..token.end as usize).unwrap_or_default())).into());
                }
            }
            end = Some(token.end);
        }
        if let Some(last) = units.last_mut().filter(|_| end.is_some() && stem.len() < piece.len()) {
            last.prefix = true;
        }
    }
    (units, written)
}

/// What calls for a query: it can only match when one of them is there.
struct Calls {
    rows: Vec<RowId>,
    values: Vec<Key>,
    price: f64,
}

/// What it costs to be called by a row: how common its word is, times how many queries it would call.
struct Prices<'f> {
    rows: Vec<f64>,
    facts: &'f [Fact],
}

impl<'f> Prices<'f> {
    fn new(queries: &[Node], commonness: &[f64], facts: &'f [Fact]) -> Self {
        let mut uses = vec![0.0; commonness.len()];
        queries.iter().for_each(|query| count(query, &mut uses));
        Self { rows: commonness.iter().zip(uses).map(|(commonness, uses)| commonness * uses).collect(), facts }
    }

    /// What calls for a query with the least evaluations in vain. `None`: it can match whatever is said.
    fn calls(&self, node: &Node) -> Option<Calls> {
        let cheapest =
            |calls: &mut dyn Iterator<Item = Option<Calls>>| calls.flatten().min_by(|a, b| a.price.total_cmp(&b.price));
        match node {
            Node::Row(row) => Some(Calls { rows: vec![*row], values: Vec::new(), price: self.rows[*row as usize] }),
            Node::Rows(rows) => {
                let price = rows.iter().map(|row| self.rows[*row as usize]).sum();
                Some(Calls { rows: rows.to_vec(), values: Vec::new(), price })
            }
            Node::Fact(fact) => {
                let key = self.facts[*fact as usize].key()?;
                Some(Calls { rows: Vec::new(), values: vec![key], price: VALUE_COMMONNESS })
            }
            Node::Not(_) => None,
            Node::Near(near) => cheapest(&mut [&near.left, &near.right].into_iter().map(|side| self.calls(side))),
            Node::And(parts) => cheapest(&mut parts.iter().map(|part| self.calls(part))),
            Node::Or(parts) => {
                let mut all = Calls { rows: Vec::new(), values: Vec::new(), price: 0.0 };
                for part in parts {
                    let calls = self.calls(part)?;
                    all.rows.extend(calls.rows);
                    all.values.extend(calls.values);
                    all.price += calls.price;
                }
                Some(all)
            }
        }
    }
}

fn count(node: &Node, uses: &mut [f64]) {
    match node {
        Node::Row(row) => uses[*row as usize] += 1.0,
        Node::Rows(rows) => rows.iter().for_each(|row| uses[*row as usize] += 1.0),
        Node::Fact(_) => {}
        Node::Not(inner) => count(inner, uses),
        Node::Near(near) => [&near.left, &near.right].into_iter().for_each(|side| count(side, uses)),
        Node::And(parts) | Node::Or(parts) => parts.iter().for_each(|part| count(part, uses)),
    }
}

fn narrow(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than four billion terms")
}
