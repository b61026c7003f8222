//! Measures a Kafka broker from outside: records per second and processor seconds, for producing and for fetching.
//!
//! `cargo run --release -p hark-embedded-kafka --example throughput -- [records=200000] [bytes=600] [partitions=4]
//! [at=HOST:PORT] [data=DIR] [produce.KEY=VALUE…] [fetch.KEY=VALUE…] [latency=RATE] [idle=CONSUMERS]`
//!
//! Without `at=` it starts the embedded broker in a process of its own, so that its processor time is its own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hark_embedded_kafka::{Options, start};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: BTreeMap<String, String> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())))
        .collect();
    let number = |key: &str, default: usize| arguments.get(key).map_or(Ok(default), |value| value.parse());
    if let Some(directory) = arguments.get("serve") {
        return serve(directory);
    }
    let scratch = tempfile::tempdir()?;
    let directory = arguments.get("data").cloned().unwrap_or_else(|| scratch.path().display().to_string());
    let broker = match arguments.get("at") {
        Some(_) => None,
        None => Some(BrokerProcess::start(&directory)?),
    };
    let address = arguments.get("at").cloned().or_else(|| broker.as_ref().map(|broker| broker.address.clone()));
    let address = address.unwrap_or_default();
    let pid = broker.as_ref().map(|broker| broker.child.id());
    let (records, bytes, partitions) = (number("records", 200_000)?, number("bytes", 600)?, number("partitions", 4)?);
    let topic = format!("throughput-{}", std::process::id());
    create_topic(&address, &topic, i32::try_from(partitions)?)?;

    let payloads: Vec<_> = (0..4096).map(|number| payload(number, bytes)).collect();
    let measure = Measure::begin(pid);
    produce(&client(&address, &arguments, "produce."), &topic, records, &payloads)?;
    measure.report("produce", records);
    let measure = Measure::begin(pid);
    fetch(&client(&address, &arguments, "fetch."), &topic, partitions, records)?;
    measure.report("fetch", records);
    if let Some(rate) = arguments.get("latency") {
        let measure = Measure::begin(pid);
        let sent = latency(&address, &arguments, &topic, partitions, rate.parse()?)?;
        measure.report("latency run", sent);
    }
    let consumers: Vec<_> = (0..number("idle", 0)?)
        .map(|_| reader(&client(&address, &arguments, "fetch."), &topic, partitions, Offset::End))
        .collect::<Result<_>>()?;
    if !consumers.is_empty() {
        let measure = Measure::begin(pid);
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(10) {
            consumers.iter().for_each(|consumer| drop(consumer.poll(Duration::from_millis(50))));
        }
        measure.report("idle", 100_000);
    }
    Ok(())
}

/// The body of the broker process: says where it listens, then serves until it is killed.
fn serve(directory: &str) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let broker = runtime.block_on(start(Options::new(directory)))?;
    println!("{}", broker.address());
    Err(runtime.block_on(broker.died()).into())
}

struct BrokerProcess {
    child: Child,
    address: String,
}

impl BrokerProcess {
    fn start(directory: &str) -> Result<Self> {
        let mut child =
            Command::new(std::env::current_exe()?).arg(format!("serve={directory}")).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut address)?;
        let broker = Self { child, address: address.trim().to_owned() };
        if broker.address.is_empty() { Err("the broker did not start".into()) } else { Ok(broker) }
    }
}

impl Drop for BrokerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn client(address: &str, arguments: &BTreeMap<String, String>, prefix: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address);
    for (key, value) in arguments {
        if let Some(key) = key.strip_prefix(prefix) {
            config.set(key, value);
        }
    }
    config
}

fn create_topic(address: &str, topic: &str, partitions: i32) -> Result<()> {
    let admin: AdminClient<_> = ClientConfig::new().set("bootstrap.servers", address).create()?;
    let topic = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
    let created = tokio::runtime::Runtime::new()?.block_on(admin.create_topics(&[topic], &AdminOptions::new()))?;
    created.into_iter().try_for_each(|topic| topic.map(drop).map_err(|(name, code)| format!("{name}: {code}").into()))
}

/// A text that compresses about as well as a mention does.
fn payload(number: usize, bytes: usize) -> String {
    let mut state = number as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut text = format!(r#"{{"v":1,"op":"upsert","id":"test:{number}","source":"test","kind":"post","text":""#);
    while text.len() < bytes.saturating_sub(2) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(WORDS[usize::try_from(state % WORDS.len() as u64).unwrap_or_default()]);
        text.push(' ');
    }
    text.push_str("\"}");
    text
}

const WORDS: [&str; 24] = [
    "battery", "de", "het", "telefoon", "slow", "update", "camera", "is", "not", "after", "screen", "broken", "love",
    "support", "niet", "goed", "repair", "price", "and", "een", "week", "again", "charger", "thanks",
];

fn produce(config: &ClientConfig, topic: &str, records: usize, payloads: &[String]) -> Result<()> {
    let mut config = config.clone();
    config.set("enable.idempotence", "true").set("queue.buffering.max.kbytes", "65536");
    let producer: BaseProducer = config.create()?;
    for number in 0..records {
        let key = format!("test:{number}");
        let mut record = BaseRecord::to(topic).key(&key).payload(&payloads[number % payloads.len()]);
        while let Err((error, again)) = producer.send(record) {
            if error != KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) {
                return Err(error.into());
            }
            producer.poll(Duration::from_millis(10));
            record = again;
        }
        if number % 1000 == 0 {
            producer.poll(Duration::ZERO);
        }
    }
    producer.flush(Duration::from_secs(300))?;
    Ok(())
}

fn reader(config: &ClientConfig, topic: &str, partitions: usize, offset: Offset) -> Result<BaseConsumer> {
    let mut config = config.clone();
    let consumer: BaseConsumer = config.set("group.id", "throughput").create()?;
    let mut assignment = TopicPartitionList::new();
    for partition in 0..i32::try_from(partitions)? {
        assignment.add_partition_offset(topic, partition, offset)?;
    }
    consumer.assign(&assignment)?;
    Ok(consumer)
}

fn fetch(config: &ClientConfig, topic: &str, partitions: usize, records: usize) -> Result<()> {
    let consumer = reader(config, topic, partitions, Offset::Beginning)?;
    let (mut seen, mut last) = (0, Instant::now());
    while seen < records {
        if let Some(record) = consumer.poll(Duration::from_millis(100)) {
            record?;
            (seen, last) = (seen + 1, Instant::now());
        } else if last.elapsed() > Duration::from_secs(60) {
            return Err(format!("only {seen} of {records} records came back").into());
        }
    }
    Ok(())
}

/// Produces `rate` records a second for ten seconds and says how long each took to reach a consumer.
fn latency(
    address: &str,
    arguments: &BTreeMap<String, String>,
    topic: &str,
    partitions: usize,
    rate: u32,
) -> Result<usize> {
    let consumer = reader(&client(address, arguments, "fetch."), topic, partitions, Offset::End)?;
    let producer: BaseProducer = client(address, arguments, "produce.").set("enable.idempotence", "true").create()?;
    let warm_up = Instant::now();
    while warm_up.elapsed() < Duration::from_secs(2) {
        consumer.poll(Duration::from_millis(100));
    }
    let (begin, total) = (Instant::now(), rate as usize * 10);
    let mut delays = Vec::with_capacity(total);
    let reading = std::thread::spawn(move || {
        let mut last = Instant::now();
        while delays.len() < total && last.elapsed() < Duration::from_secs(20) {
            if let Some(Ok(record)) = consumer.poll(Duration::from_millis(100)) {
                last = Instant::now();
                let sent = record.payload().and_then(|bytes| bytes.get(..8)).and_then(|bytes| bytes.try_into().ok());
                let now = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
                delays.push(now.saturating_sub(sent.map_or(0, u64::from_le_bytes)));
            }
        }
        delays.sort_unstable();
        delays
    });
    for number in 0..total {
        let due = Duration::from_secs_f64(number as f64 / f64::from(rate));
        if let Some(early) = due.checked_sub(begin.elapsed()) {
            std::thread::sleep(early);
        }
        producer.poll(Duration::ZERO);
        let mut payload = [b' '; 600];
        payload[..8].copy_from_slice(&u64::try_from(begin.elapsed().as_micros())?.to_le_bytes());
        let key = number.to_string();
        producer.send(BaseRecord::to(topic).key(&key).payload(&payload[..])).map_err(|(error, _)| error)?;
    }
    producer.flush(Duration::from_secs(30))?;
    let delays = reading.join().map_err(|_| "the reader failed")?;
    let at = |share: usize| delays.get((delays.len() * share / 100).min(delays.len().saturating_sub(1)));
    println!(
        "latency      {} of {total} records, p50 {:.1} ms, p99 {:.1} ms",
        delays.len(),
        at(50).map_or(f64::NAN, |micros| *micros as f64 / 1000.0),
        at(99).map_or(f64::NAN, |micros| *micros as f64 / 1000.0),
    );
    Ok(total)
}

/// Wall time and processor time since a moment, of the broker process and of this one.
struct Measure {
    begin: Instant,
    broker: Option<u32>,
    seconds: (f64, f64),
}

impl Measure {
    fn begin(broker: Option<u32>) -> Self {
        Self { begin: Instant::now(), broker, seconds: processor_seconds(broker) }
    }

    fn report(self, what: &str, records: usize) {
        let wall = self.begin.elapsed().as_secs_f64();
        let (broker, own) = processor_seconds(self.broker);
        let per_100k = 100_000.0 / records as f64;
        println!(
            "{what:<12} {:>9.0} records/s   processor s: broker {:.2}, client {:.2}   per 100k: broker {:.2}, client {:.2}",
            records as f64 / wall,
            broker - self.seconds.0,
            own - self.seconds.1,
            (broker - self.seconds.0) * per_100k,
            (own - self.seconds.1) * per_100k,
        );
    }
}

fn processor_seconds(broker: Option<u32>) -> (f64, f64) {
    let of = |pid: String| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks = |field| after_name.split_whitespace().nth(field).and_then(|ticks| ticks.parse::<f64>().ok());
        (ticks(11).unwrap_or_default() + ticks(12).unwrap_or_default()) / 100.0
    };
    (broker.map_or(0.0, |pid| of(pid.to_string())), of("self".to_owned()))
}
