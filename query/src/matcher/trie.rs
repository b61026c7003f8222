//! The beginnings of all rows: exact words, beginnings of words, and words with unknown letters.
//!
//! A radix tree: bytes that follow each other without a choice are one node, so that a word visits few.

use std::collections::VecDeque;

use super::RowId;

/// Stands for any one letter in a key; no UTF-8 has this byte.
pub(super) const ANY: u8 = 0xff;

const NONE: u32 = u32::MAX;

/// A trie over bytes.
pub(super) struct Trie {
    nodes: Vec<Node>,
    /// Children of all nodes, those of one node side by side.
    labels: Vec<u8>,
    children: Vec<u32>,
    ways: Vec<u8>,
    /// For each node where keys end, where its exact rows, prefixes and insides begin in `rows`, and their end.
    ends: Vec<[u32; 4]>,
    rows: Vec<RowId>,
    /// The root's child for each byte: every word begins here.
    first: Box<[u32; 256]>,
    /// Whether any row is found inside of words.
    pub(super) has_inside: bool,
}

#[derive(Clone, Copy)]
struct Node {
    first: u32,
    /// The child for any letter.
    any: u32,
    ends: u32,
    /// The bytes to go through before the node is reached.
    way: u32,
    way_length: u16,
    count: u16,
}

impl Node {
    const NEW: Self = Self { first: 0, any: NONE, ends: NONE, way: 0, way_length: 0, count: 0 };
}

/// The rows whose key ends at a node.
pub(super) struct Ends<'t> {
    /// Where the word ends too.
    pub(super) exact: &'t [RowId],
    /// Wherever the word goes on.
    pub(super) prefix: &'t [RowId],
    /// Wherever it begins and goes on.
    pub(super) inside: &'t [RowId],
}

/// How much of a word a key is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Reach {
    Exact,
    Prefix,
    Inside,
}

/// A place in the trie: a node, and how much of its way is left.
#[derive(Clone, Copy)]
pub(super) struct State {
    node: u32,
    left: u16,
}

impl Trie {
    /// Builds the trie of `keys`, none of them empty.
    pub(super) fn new(mut keys: Vec<(Vec<u8>, Reach, RowId)>) -> Self {
        keys.sort_unstable_by(|a, b| (&a.0, a.2).cmp(&(&b.0, b.2)));
        let mut trie = Self {
            nodes: vec![Node::NEW],
            labels: Vec::new(),
            children: Vec::new(),
            ways: Vec::new(),
            ends: Vec::new(),
            rows: Vec::new(),
            first: Box::new([NONE; 256]),
            has_inside: keys.iter().any(|(_, reach, _)| *reach == Reach::Inside),
        };
        // Breadth first, so that the nodes near the root, which every word visits, lie together.
        let mut queue = VecDeque::from([(0_usize, 0..keys.len(), 0_usize)]);
        while let Some((node, range, depth)) = queue.pop_front() {
            let mut from = range.start + keys[range.clone()].partition_point(|(key, ..)| key.len() == depth);
            if from > range.start {
                trie.nodes[node].ends = narrow(trie.ends.len());
                trie.end(&keys[range.start..from]);
            }
            let first = trie.labels.len();
            while from < range.end {
                let label = keys[from].0[depth];
                let to = from + keys[from..range.end].partition_point(|(key, ..)| key[depth] == label);
                let child = trie.nodes.len();
                let way = if label == ANY { &[] } else { shared_way(&keys[from].0, &keys[to - 1].0, depth + 1) };
                trie.nodes.push(Node { way: narrow(trie.ways.len()), way_length: way.len() as u16, ..Node::NEW });
                trie.ways.extend_from_slice(way);
                if label == ANY {
                    trie.nodes[node].any = narrow(child);
                } else {
                    trie.labels.push(label);
                    trie.children.push(narrow(child));
                }
                queue.push_back((child, from..to, depth + 1 + way.len()));
                from = to;
            }
            trie.nodes[node].first = narrow(first);
            trie.nodes[node].count = (trie.labels.len() - first) as u16;
        }
        for (label, child) in trie.labels.iter().zip(&trie.children).take(usize::from(trie.nodes[0].count)) {
            trie.first[usize::from(*label)] = *child;
        }
        trie
    }

    /// Adds the rows of keys that end at one node.
    fn end(&mut self, keys: &[(Vec<u8>, Reach, RowId)]) {
        let mut borders = [narrow(self.rows.len()); 4];
        for (reach, border) in [Reach::Exact, Reach::Prefix, Reach::Inside].into_iter().zip(1..) {
            self.rows.extend(keys.iter().filter(|key| key.1 == reach).map(|key| key.2));
            borders[border] = narrow(self.rows.len());
        }
        self.ends.push(borders);
    }

    /// Where every walk begins.
    pub(super) fn root(&self) -> State {
        State { node: 0, left: 0 }
    }

    /// Where the byte leads.
    pub(super) fn step(&self, state: State, byte: u8) -> Option<State> {
        if state.node == 0 {
            return self.enter(self.first[usize::from(byte)]);
        }
        let node = &self.nodes[state.node as usize];
        if state.left > 0 {
            let next = self.ways[node.way as usize + usize::from(node.way_length - state.left)];
            return (next == byte).then_some(State { left: state.left - 1, ..state });
        }
        let first = node.first as usize;
        let labels = &self.labels[first..first + usize::from(node.count)];
        let index = labels.iter().position(|label| *label == byte)?;
        self.enter(self.children[first + index])
    }

    /// Where any one letter leads.
    pub(super) fn any(&self, state: State) -> Option<State> {
        if state.left > 0 {
            return None;
        }
        self.enter(self.nodes[state.node as usize].any)
    }

    fn enter(&self, node: u32) -> Option<State> {
        let left = self.nodes.get(node as usize)?.way_length;
        Some(State { node, left })
    }

    /// The rows whose key ends here.
    pub(super) fn ends(&self, state: State) -> Option<Ends<'_>> {
        if state.left > 0 {
            return None;
        }
        let borders = self.ends.get(self.nodes[state.node as usize].ends as usize)?;
        let rows = |from: usize| &self.rows[borders[from] as usize..borders[from + 1] as usize];
        Some(Ends { exact: rows(0), prefix: rows(1), inside: rows(2) })
    }
}

/// The bytes from `depth` on that all keys between two have, up to where one ends or any letter may follow.
fn shared_way<'k>(first: &'k [u8], last: &[u8], depth: usize) -> &'k [u8] {
    let rest = &first[depth..];
    let same = rest.iter().zip(&last[depth..]).take_while(|(a, b)| a == b && **a != ANY).count();
    &rest[..same]
}

fn narrow(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than four billion letters in all queries")
}
