//! Sources that search, when nothing is named to them: they search for what the brands listen for.

use hark_ingest::{Source, SourceConfig, SourceContext, SourceError, Terms};

use crate::network::{Network, Reply, context};

/// The keys of a source besides its address, and the key of its question. Secrets are never written down in a configuration;
/// any variable will do here.
const KINDS: [(&str, &str, &str); 5] = [
    ("reddit", "client_id = 'id'\nclient_secret = '${env:PATH}'\naccount = 'hark'", "q"),
    ("github", "", "q"),
    ("youtube", "api_key = '${env:PATH}'", "q"),
    ("stackexchange", "", "q"),
    ("gdelt", "pause = '5s'", "query"),
];

fn source(kind: &str, keys: &str, network: &Network, terms: Terms) -> Result<Box<dyn Source>, SourceError> {
    let token = if kind == "reddit" { format!("token_url = '{}/token'", network.url()) } else { String::new() };
    let keys = format!("type = '{kind}'\nbase_url = '{}'\n{token}\n{keys}", network.url());
    let mut problems = Vec::new();
    let config = SourceConfig::read(toml::from_str(&keys).unwrap(), "source[0]", &mut problems);
    assert!(problems.is_empty(), "{kind}: {problems:?}");
    config.expect("it has no problems").build(SourceContext { terms, ..context() })
}

async fn network() -> Network {
    let network = Network::start().await;
    network.on("POST /token", |_| Reply::json(&serde_json::json!({"access_token": "t", "expires_in": 3600})));
    // Nothing is found, in the words of each.
    network
        .on("GET /*", |_| Reply::json(&serde_json::json!({"data": {"children": []}, "items": [], "has_more": false})));
    network
}

#[tokio::test]
async fn brands_are_searched_for_where_nothing_is_named() {
    for (kind, keys, question) in KINDS {
        let network = network().await;
        let terms = Terms { words: vec!["fair phone".into(), "fairphone".into()], because: None };
        let mut source = source(kind, keys, &network, terms).unwrap();
        let mut cursor = None;
        for _ in 0..4 {
            cursor = source.fetch(cursor.as_ref()).await.unwrap().next.or(cursor);
        }
        let asked = network.asked();
        let asked: Vec<&str> = asked.iter().filter_map(|asked| asked.query(question)).collect();
        assert!(asked.iter().any(|asked| asked.contains("\"fair phone\"")), "{kind}: {asked:?}");
    }
}

#[tokio::test]
async fn without_words_a_person_is_told_what_to_do() {
    for (kind, keys, _) in KINDS {
        let because = "the query of brand `A` is only about ratings";
        let terms = Terms { words: Vec::new(), because: Some(because.to_owned()) };
        let told = match source(kind, keys, &network().await, terms) {
            Err(SourceError::Setup(told)) => told,
            other => panic!("{kind}: {:?}", other.map(|_| ())),
        };
        assert!(told.contains(because) && told.contains("name something"), "{kind}: {told}");
    }
}
