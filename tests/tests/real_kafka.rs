//! What Hark asks of any Kafka, asked of a real one: the embedded broker leaves some of it out.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hark_tests::real_kafka::start_or_skip;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;

const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_killed_group_members_partitions_go_to_the_survivor() {
    let dir = tempfile::tempdir().unwrap();
    let Some(kafka) = start_or_skip(dir.path()).await else { return };
    let address = kafka.address();
    let admin: AdminClient<_> = client(address).create().unwrap();
    let topic = NewTopic::new("t", 4, TopicReplication::Fixed(1));
    admin.create_topics(&[topic], &AdminOptions::new()).await.unwrap()[0].as_ref().unwrap();

    let producer: FutureProducer = client(address).set("enable.idempotence", "true").create().unwrap();
    send(&producer, 0..400).await;
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "group_member", "--ignored", "--nocapture"])
        .env("HARK_KAFKA_ADDRESS", address)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let survivor = tokio::task::spawn_blocking({
        let config = member(address);
        move || {
            let survivor: BaseConsumer = config.create().unwrap();
            survivor.subscribe(&["t"]).unwrap();
            let mut seen = read_until(&survivor, BTreeSet::new(), |_| share(&survivor) == 2);
            // The victim has its half, has read some of it, and dies before it commits that.
            assert!(lines.map_while(Result::ok).any(|line| line.contains("READ")));
            victim.kill().unwrap();
            victim.wait().unwrap();
            seen = read_until(&survivor, seen, |_| share(&survivor) == 4);
            (survivor, seen)
        }
    });
    let (survivor, seen) = survivor.await.unwrap();
    send(&producer, 400..500).await;
    let seen = tokio::task::spawn_blocking(move || read_until(&survivor, seen, |seen| seen.len() == 500));
    assert_eq!((0..500).collect::<BTreeSet<_>>(), seen.await.unwrap());
}

#[test]
#[ignore = "the victim of the test above, in a process of its own"]
fn group_member() {
    let consumer: BaseConsumer = member(&std::env::var("HARK_KAFKA_ADDRESS").unwrap()).create().unwrap();
    consumer.subscribe(&["t"]).unwrap();
    loop {
        if let Some(record) = consumer.poll(Duration::from_millis(50)) {
            record.unwrap();
        }
        if share(&consumer) == 2 {
            println!("\nREAD");
        }
    }
}

fn client(address: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address);
    config
}

fn member(address: &str) -> ClientConfig {
    let mut config = client(address);
    config.set("group.id", "group").set("enable.auto.commit", "false").set("auto.offset.reset", "earliest");
    config.set("session.timeout.ms", "2000").set("heartbeat.interval.ms", "300");
    config.set("partition.assignment.strategy", "range");
    config
}

/// How many partitions the member holds.
fn share(consumer: &BaseConsumer) -> usize {
    consumer.assignment().unwrap().count()
}

async fn send(producer: &FutureProducer, numbers: std::ops::Range<u32>) {
    let sent = numbers.map(|number| {
        let number = number.to_string();
        async move {
            let record = FutureRecord::to("t").key(&number).payload(&number);
            producer.send(record, Timeout::After(DEADLINE)).await.map_err(|(error, _)| error)
        }
    });
    for sent in futures::future::join_all(sent).await {
        sent.unwrap();
    }
}

/// Reads, and commits what was read, until `done`.
fn read_until(
    consumer: &BaseConsumer,
    mut seen: BTreeSet<u32>,
    done: impl Fn(&BTreeSet<u32>) -> bool,
) -> BTreeSet<u32> {
    let begin = Instant::now();
    while !done(&seen) {
        assert!(begin.elapsed() < DEADLINE, "{} numbers, {} partitions", seen.len(), share(consumer));
        let Some(record) = consumer.poll(Duration::from_millis(50)) else { continue };
        let record = record.unwrap();
        seen.insert(std::str::from_utf8(record.payload().unwrap()).unwrap().parse().unwrap());
        consumer.commit_message(&record, CommitMode::Async).unwrap();
    }
    seen
}
