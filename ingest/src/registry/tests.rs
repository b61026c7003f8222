#![expect(clippy::unwrap_used, reason = "tests")]
use super::*;

fn read_all(text: &str) -> (Vec<SourceConfig>, Vec<Problem>) {
    let mut problems = Vec::new();
    let file: toml::Table = text.parse().unwrap();
    let mut sources = Vec::new();
    for (index, table) in file["source"].as_array().unwrap().iter().enumerate() {
        let table = table.as_table().unwrap().clone();
        sources.extend(SourceConfig::read(table, &format!("source[{index}]"), &mut problems));
    }
    SourceConfig::check_all(&sources, &mut problems);
    (sources, problems)
}

#[test]
fn sources_are_read_strictly() {
    let problems = |text| read_all(text).1;
    assert_eq!(problems("[[source]]\ntype = \"rss\"\nurls = [\"https://example.org/feed\"]"), []);
    let path = |text| problems(text).first().map(|problem| problem.path.clone()).unwrap_or_default();
    assert_eq!(path("[[source]]\ntype = \"rs\""), "source[0].type");
    assert_eq!(path("[[source]]\nurls = []"), "source[0]");
    assert_eq!(path("[[source]]\ntype = \"hackernews\"\nspeed = 1"), "source[0].speed");
    assert_eq!(path("[[source]]\ntype = \"hackernews\"\n[[source]]\ntype = \"hackernews\""), "source[1].name");
}

#[test]
fn kinds_are_in_the_order_of_their_names_and_all_facts_are_told() {
    let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    for Entry { name, facts, .. } in KINDS {
        let told = [facts.needs, facts.cost, facts.delay, facts.deletes, facts.history];
        assert!(told.iter().all(|fact| !fact.is_empty()), "{name}");
    }
}

/// The guide of each kind, `docs/sources/<name>.md`, with examples that are valid and of that kind.
#[test]
fn every_kind_has_a_guide_whose_examples_are_valid() {
    for Entry { name, .. } in KINDS {
        let path = format!("{}/../docs/sources/{name}.md", env!("CARGO_MANIFEST_DIR"));
        let guide = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let examples: Vec<&str> =
            guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(!examples.is_empty(), "{path} has no example");
        for example in examples.into_iter().filter(|example| example.contains("[[source]]")) {
            let (sources, problems) = read_all(example);
            assert_eq!(problems, [], "{path}");
            assert!(sources.iter().any(|source| source.kind() == *name), "{path}: {example}");
        }
    }
}
