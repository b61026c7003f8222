//! The stages as tasks of this process, and stopping them in the order in which mentions flow.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result};
use hark_bus::{Counts, ENRICHED, Kafka, RAW, Reader};
use hark_dashboards::{Corrector, Listening};
use hark_enrich::{Labeller, Models};
use hark_ingest::{Ingest, PrivateHosts, SourceConfig, SourceContext, Wanted};
use hark_privacy::Privacy;
use hark_query::Segmenter;
use hark_store::Access;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Config, compile},
    corrections::Corrections,
    editions::{Current, derive},
    rulebook::Rulebook,
    terms::terms,
};

/// Who has to be done with a mention before it may leave Kafka.
pub(crate) const READERS: [Reader; 2] =
    [Reader { topic: RAW, group: hark_enrich::GROUP }, Reader { topic: ENRICHED, group: hark_sink::GROUP }];

/// A stage that runs as a task.
pub(crate) struct StageTask {
    pub(crate) name: &'static str,
    pub(crate) counts: Arc<Counts>,
    cancel: CancellationToken,
    task: JoinHandle<Result<()>>,
}

impl StageTask {
    fn spawn<W>(name: &'static str, counts: Arc<Counts>, work: impl FnOnce(CancellationToken) -> W) -> Self
    where
        W: Future<Output = Result<()>> + Send + 'static,
    {
        let cancel = CancellationToken::new();
        let task = tokio::spawn(work(cancel.clone()));
        Self { name, counts, cancel, task }
    }

    /// Waits until the stage ends by itself.
    ///
    /// # Errors
    ///
    /// What ended it.
    pub(crate) async fn ended(&mut self) -> Result<()> {
        (&mut self.task).await.with_context(|| format!("{} panicked", self.name))?.with_context(|| self.name)
    }

    /// Asks the stage to stop and waits until it has finished its batch.
    ///
    /// # Errors
    ///
    /// What went wrong while it stopped.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.cancel.cancel();
        if self.task.is_finished() { Ok(()) } else { self.ended().await }
    }
}

/// Starts reading the configured sources.
///
/// # Errors
///
/// When a source cannot be made or Kafka cannot be used.
pub(crate) async fn ingest(
    current: watch::Receiver<Current>,
    kafka: &Kafka,
    segmenter: &Segmenter,
    privacy: Privacy,
) -> Result<StageTask> {
    let segmenter = segmenter.clone();
    let sources = derive(current, move |current| {
        let config = &current.config;
        let wanted = config.wanted(&segmenter);
        let with_context = |source: &SourceConfig| (source.clone(), source_context(config, source, wanted.clone()));
        Arc::new(config.sources.iter().map(with_context).collect::<Vec<_>>())
    });
    // What cannot work is told before anything starts.
    for (source, context) in sources.borrow().iter() {
        source.build(context.clone()).with_context(|| format!("source `{}`", source.name))?;
    }
    let counts = Arc::new(Counts::default());
    let ingest = Ingest::new(kafka, privacy, Arc::clone(&counts)).await?;
    Ok(StageTask::spawn("ingest", counts, |cancel| async move { Ok(ingest.run(sources, cancel).await?) }))
}

/// What a source is told besides its own configuration.
pub(crate) fn source_context(config: &Config, source: &SourceConfig, wanted: Option<Wanted>) -> SourceContext {
    SourceContext {
        contact: config.ingest.contact.clone(),
        // What is no host has been refused when the configuration was read.
        private_hosts: PrivateHosts::new(&config.ingest.private_hosts).unwrap_or_default(),
        wanted,
        terms: terms(&config.rules, source.kind()),
        ..SourceContext::default()
    }
}

/// Starts labelling.
///
/// # Errors
///
/// When a model's file cannot be used.
pub(crate) fn enrich(current: watch::Receiver<Current>, kafka: &Kafka, segmenter: &Segmenter) -> Result<StageTask> {
    let (kafka, segmenter) = (kafka.clone(), segmenter.clone());
    let config = Arc::clone(&current.borrow().config);
    let models = Arc::new(Models::load(&config.enrich)?);
    let labellers = derive(current, move |current| {
        let rules = compile(&current.config.rules, segmenter.clone(), &mut Vec::new());
        tracing::info!(edition = current.edition, version = rules.version(), "labelling by these rules");
        Arc::new(Labeller::new(rules, Arc::clone(&models)))
    });
    let (counts, masker) = (Arc::new(Counts::default()), config.privacy.masker());
    let counted = Arc::clone(&counts);
    Ok(StageTask::spawn("enrich", counts, |cancel| async move {
        Ok(hark_enrich::run(&kafka, labellers, masker, config.enrich.clone(), counted, cancel).await?)
    }))
}

/// Starts storing, after bringing the schema up to date.
///
/// # Errors
///
/// When the database cannot be reached or refuses the schema.
pub(crate) async fn sink(config: &Config, kafka: &Kafka, writer: &Access) -> Result<StageTask> {
    let client = writer.client();
    let up_to_date = async {
        hark_sink::migrate(&client, &writer.database).await?;
        config.retention().apply(&client).await
    };
    up_to_date.await.context("cannot bring the schema up to date")?;
    let (kafka, writer, limits) = (kafka.clone(), writer.clone(), config.sink);
    let counts = Arc::new(Counts::default());
    let (counted, erase_within) = (Arc::clone(&counts), config.privacy.erase_within.duration());
    // The embedded broker takes away by itself what is stored.
    let trims = config.kafka.brokers.is_some();
    Ok(StageTask::spawn("sink", counts, move |cancel| async move {
        tokio::select! {
            stopped = hark_sink::run(&kafka, &writer, limits, counted, cancel) => Ok(stopped?),
            never = hark_sink::take_from_disk(&writer, erase_within) => match never {},
            never = hark_bus::keep_trimmed(&kafka, &READERS, erase_within / 4), if trims => match never {},
        }
    }))
}

/// What the dashboards need to know. `writer` is a user that may write: without one, there is no search and no correction.
pub(crate) fn dashboards(
    current: watch::Receiver<Current>,
    access: Access,
    writer: Option<Access>,
    kafka: Option<Kafka>,
    segmenter: &Segmenter,
    pipeline: Option<Arc<dyn hark_dashboards::Pipeline>>,
) -> hark_dashboards::Options {
    let config = Arc::clone(&current.borrow().config);
    let corrections = |writer| Arc::new(Corrections::new(current.clone(), writer)) as Arc<dyn Corrector>;
    let corrector = writer.as_ref().map(corrections);
    let rulebook = |(kafka, writer): (&Kafka, &Access)| {
        Arc::new(Rulebook::new(current.clone(), kafka, writer, segmenter)) as Arc<dyn hark_dashboards::Rulebook>
    };
    let rulebook = kafka.as_ref().zip(writer.as_ref()).map(rulebook);
    let listening = derive(current, |current| {
        Arc::new(Listening { edition: current.edition, rules: current.config.rules.clone() })
    });
    hark_dashboards::Options {
        access,
        writer,
        corrector,
        segmenter: segmenter.clone(),
        kafka,
        config: config.dashboards.clone(),
        listening,
        rulebook,
        users: config.users.clone(),
        teams: config.teams.clone(),
        pipeline,
    }
}

/// The places where the dictionary for Japanese words is looked for.
pub(crate) fn dictionary_folders() -> Vec<PathBuf> {
    let home = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")));
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("dictionary")));
    let mut folders: Vec<PathBuf> = std::env::var_os("HARK_DICTIONARY").map(PathBuf::from).into_iter().collect();
    folders.extend(home.map(|home| home.join("hark/dictionary")));
    folders.extend(beside);
    folders.extend(["/usr/local/share/hark/dictionary", "/usr/share/hark/dictionary"].map(PathBuf::from));
    folders
}

/// Cuts texts into words, with the dictionary for Japanese where there is one.
pub(crate) fn segmenter() -> Segmenter {
    let Some(folder) = dictionary_folders().into_iter().find(|folder| folder.join("metadata.json").is_file()) else {
        tracing::warn!(
            "no dictionary for Japanese words: they are found letter by letter; `make dictionary` builds it"
        );
        return Segmenter::default();
    };
    match Segmenter::with_japanese(&folder) {
        Ok(segmenter) => segmenter,
        Err(error) => {
            tracing::warn!(%error, "Japanese words are found letter by letter; `make dictionary` builds the dictionary anew");
            Segmenter::default()
        }
    }
}
