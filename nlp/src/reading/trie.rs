//! The phrases that may begin at one place of a text.
//!
//! Few places of a text begin a phrase, and most that do not are told by their first two or three letters. So walking a
//! trie from the places where a word begins costs less than an automaton over all letters.

/// Values by phrase.
pub(super) struct Trie<T> {
    nodes: Vec<Node>,
    /// Bytes and nodes that follow a node, those of one node side by side.
    labels: Vec<u8>,
    children: Vec<u32>,
    values: Vec<T>,
    /// The root's child for each byte; 0, which is the root, for none.
    first: [u32; 256],
    /// The same for the root's children, which are the nodes from 1 on. Few walks get further.
    second: Vec<[u32; 256]>,
}

#[derive(Clone, Copy, Default)]
struct Node {
    /// Where its children begin, and how many there are.
    children: (u32, u16),
    /// Where its values begin, and how many there are.
    values: (u32, u16),
}

impl<T> Trie<T> {
    /// A trie of `rows`; a phrase may have several values.
    pub(super) fn new(mut rows: Vec<(String, T)>) -> Self {
        rows.sort_by(|(a, _), (b, _)| a.cmp(b));
        let (phrases, values): (Vec<String>, Vec<T>) = rows.into_iter().unzip();
        let mut trie = Self {
            nodes: vec![Node::default()],
            labels: Vec::new(),
            children: Vec::new(),
            values,
            first: [0; 256],
            second: Vec::new(),
        };
        // Breadth first, so that the nodes near the root, which are visited most, lie together.
        let mut next = std::collections::VecDeque::from([(0, 0..phrases.len(), 0)]);
        while let Some((node, range, depth)) = next.pop_front() {
            let here = phrases[range.clone()].partition_point(|phrase| phrase.len() == depth);
            let mut from = range.start + here;
            trie.nodes[node].values = (narrow(range.start), here as u16);
            let begin = trie.labels.len();
            while from < range.end {
                let label = phrases[from].as_bytes()[depth];
                let to = from + phrases[from..range.end].partition_point(|phrase| phrase.as_bytes()[depth] == label);
                trie.labels.push(label);
                trie.children.push(narrow(trie.nodes.len()));
                next.push_back((trie.nodes.len(), from..to, depth + 1));
                trie.nodes.push(Node::default());
                from = to;
            }
            trie.nodes[node].children = (narrow(begin), (trie.labels.len() - begin) as u16);
        }
        trie.first = trie.dense(0);
        trie.second = (1..=usize::from(trie.nodes[0].children.1)).map(|node| trie.dense(node)).collect();
        trie
    }

    /// The child of a node for each byte.
    fn dense(&self, node: usize) -> [u32; 256] {
        let (begin, count) = self.nodes[node].children;
        let children = begin as usize..begin as usize + usize::from(count);
        let mut table = [0; 256];
        for (label, child) in self.labels[children.clone()].iter().zip(&self.children[children]) {
            table[usize::from(*label)] = *child;
        }
        table
    }

    /// Calls `found` with each value whose phrase stands at `start`, and where it ends.
    #[inline]
    pub(super) fn walk(&self, text: &[u8], start: usize, mut found: impl FnMut(&T, usize)) {
        let Some(first) = text.get(start) else { return };
        let mut node = self.first[usize::from(*first)] as usize;
        let mut end = start + 1;
        while node != 0 {
            let Node { children, values } = self.nodes[node];
            let here = values.0 as usize..values.0 as usize + usize::from(values.1);
            self.values[here].iter().for_each(|value| found(value, end));
            let Some(byte) = text.get(end) else { return };
            node = match self.second.get(node - 1) {
                Some(table) => table[usize::from(*byte)] as usize,
                None => {
                    let begin = children.0 as usize;
                    let labels = &self.labels[begin..begin + usize::from(children.1)];
                    labels.iter().position(|label| label == byte).map_or(0, |at| self.children[begin + at] as usize)
                }
            };
            end += 1;
        }
    }
}

fn narrow(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than four billion letters in all cues")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_phrases_that_begin_at_a_place_are_found() {
        let phrases = ["ba", "bad", "bad day", "été", "bat", "b"];
        let trie = Trie::new(phrases.iter().map(|phrase| ((*phrase).to_owned(), *phrase)).collect());
        let text = "a bad day, bat été";
        for (start, _) in text.char_indices() {
            let mut found = Vec::new();
            trie.walk(text.as_bytes(), start, |phrase, end| found.push((*phrase, end)));
            found.sort_unstable();
            let stands = |phrase: &&&str| text.get(start..).is_some_and(|rest| rest.starts_with(**phrase));
            let mut expected: Vec<_> =
                phrases.iter().filter(stands).map(|phrase| (*phrase, start + phrase.len())).collect();
            expected.sort_unstable();
            assert_eq!(found, expected, "{start}");
        }
    }
}
