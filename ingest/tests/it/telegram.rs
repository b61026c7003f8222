//! A Bot API that forgets what was confirmed, refuses a second reader and says in the body how long to wait.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use hark_ingest::{Source, SourceError, SourceKind, sources::telegram::TelegramConfig};
use hark_mention::{
    DropReason, Timestamp,
    config::{Secret, Span},
};
use serde_json::{Value, json};

use crate::{
    contract::{ALL, Can, World, contract},
    drive::Run,
    network::{Asked, Fault, Network, Reply, context},
};

const TOKEN: &str = "123456:very-secret";
const CHANNEL: i64 = -1_001_234_567_890;

/// What waits for the bot, by the number of the update.
type Waiting = Arc<Mutex<BTreeMap<i64, Value>>>;

struct BotApi {
    network: Network,
    waiting: Waiting,
}

impl BotApi {
    fn tell(&self, kind: &str, message: Value) {
        let mut waiting = self.waiting.lock().unwrap();
        let id = waiting.get(&0).and_then(Value::as_i64).unwrap_or(700) + 1;
        waiting.insert(0, id.into());
        waiting.insert(id, json!({"update_id": id, kind: message}));
    }

    fn post(&self, number: u64, date: i64) -> String {
        self.tell("channel_post", message(number, date, &format!("post {number}")));
        format!("telegram:{CHANNEL}:{number}")
    }

    fn config(&self) -> TelegramConfig {
        TelegramConfig {
            token: Some(Secret::given(TOKEN)),
            long_poll: Span::from_secs(0),
            base_url: self.network.url(),
            ..TelegramConfig::default()
        }
    }

    fn first_waiting(&self) -> Option<i64> {
        self.waiting.lock().unwrap().keys().find(|id| **id > 0).copied()
    }
}

fn message(number: u64, date: i64, text: &str) -> Value {
    let chat = json!({"id": CHANNEL, "type": "channel", "title": "Repair club", "username": "repairclub"});
    json!({"message_id": number, "date": date, "chat": chat, "sender_chat": chat, "text": text})
}

fn seconds() -> i64 {
    Timestamp::now().as_millis() / 1000
}

/// Confirms what lies before the offset, and gives what follows.
fn updates(waiting: &Waiting, asked: &Asked) -> Reply {
    let question: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(question["allowed_updates"].as_array().unwrap().len(), 4);
    let limit = usize::try_from(question["limit"].as_u64().unwrap()).unwrap();
    assert!((1..=100).contains(&limit));
    let mut waiting = waiting.lock().unwrap();
    if let Some(offset) = question["offset"].as_i64() {
        waiting.retain(|id, _| *id == 0 || *id >= offset);
    }
    let result: Vec<&Value> = waiting.iter().filter(|(id, _)| **id > 0).map(|(_, update)| update).take(limit).collect();
    Reply::json(&json!({"ok": true, "result": result}))
}

impl World for BotApi {
    const CAN: Can = Can { delete: false, ..ALL };

    async fn start() -> Self {
        let (network, waiting) = (Network::start().await, Waiting::default());
        let shared = Arc::clone(&waiting);
        network.on(&format!("POST /bot{TOKEN}/getUpdates"), move |asked| updates(&shared, asked));
        Self { network, waiting }
    }

    fn source(&self) -> Box<dyn Source> {
        self.config().build(context()).unwrap()
    }

    fn publish(&self, number: u64) -> String {
        self.post(number, seconds())
    }

    fn publish_ahead(&self, number: u64) -> String {
        self.post(number, seconds() + 86_400)
    }

    fn edit(&self, number: u64) {
        let mut edited = message(number, seconds(), "edited");
        edited["edit_date"] = (seconds() + 5).into();
        self.tell("edited_channel_post", edited);
    }

    fn delete(&self, _: u64) {}

    fn publish_garbage(&self, number: u64) {
        self.tell("channel_post", json!({"message_id": number, "chat": "none"}));
    }

    fn fail(&self, times: usize, fault: Fault) {
        self.network.fail(times, fault);
    }

    fn revoke(&self) {
        self.network.revoke();
    }

    fn mend(&self) {
        self.network.mend();
    }

    fn secret(&self) -> &str {
        TOKEN
    }
}

contract!(BotApi);

#[tokio::test]
async fn an_update_is_confirmed_only_when_its_page_is_durable() {
    let bot = BotApi::start().await;
    bot.publish(1);
    let first = bot.first_waiting();
    let mut run = Run::new(bot.source());
    run.until("the post", |run| !run.mentions().is_empty()).await;
    assert_eq!(bot.first_waiting(), first, "handed out, not confirmed");
    // The process dies before the cursor is stored: a new one gets it again.
    let mut again = Run::new(bot.source());
    again.until("the same post", |run| !run.mentions().is_empty()).await;
    again.step().await;
    assert_eq!(bot.first_waiting(), None, "the next request confirmed it");
}

#[tokio::test]
async fn a_hundred_updates_are_an_answer_and_the_rest_follows() {
    let bot = BotApi::start().await;
    for number in 1..=250 {
        bot.publish(number);
    }
    bot.tell("some_new_kind", json!({"x": 1}));
    let mut run = Run::new(bot.source());
    run.until("all", |run| run.dropped(DropReason::NotAMention) == 1).await;
    assert_eq!((run.mentions().len(), bot.network.times("/bot")), (250, 3));
}

/// What the source says to an answer of the Bot API with this status and body.
async fn told(status: u16, body: Value) -> SourceError {
    let network = Network::start().await;
    network.on("POST /*", move |_| Reply::json(&body).with_status(status));
    let config =
        TelegramConfig { token: Some(Secret::given(TOKEN)), base_url: network.url(), ..TelegramConfig::default() };
    config.build(context()).unwrap().fetch(None).await.unwrap_err()
}

#[tokio::test]
async fn refusals_say_what_to_do_and_never_the_token() {
    let limit = told(
        429,
        json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 37",
        "parameters": {"retry_after": 37}}),
    );
    assert!(matches!(limit.await, SourceError::Later { wait: Some(wait), .. } if wait == Duration::from_secs(37)));
    let second = told(
        409,
        json!({"ok": false, "error_code": 409,
        "description": "Conflict: terminated by other getUpdates request"}),
    );
    assert!(matches!(second.await, SourceError::Later { .. }));
    let webhook = told(
        409,
        json!({"ok": false, "error_code": 409,
        "description": "Conflict: can't use getUpdates method while webhook is active"}),
    );
    assert!(matches!(webhook.await, SourceError::Setup(text) if text.contains("deleteWebhook")));
    for status in [401, 404] {
        let refused = told(status, json!({"ok": false, "error_code": status, "description": "Unauthorized"})).await;
        assert!(matches!(&refused, SourceError::Setup(_)), "{refused:?}");
        assert!(!format!("{refused:?}").contains("very-secret"), "{refused:?}");
    }
}
